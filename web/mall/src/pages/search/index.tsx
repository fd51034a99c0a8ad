import { useState, type KeyboardEvent } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { forgetSearches, isEntered, lately, searchFor, Suggested } from "@/features/SearchBox";
import { goBack } from "@/going";
import { t, useLang } from "@/i18n";
import { typed } from "@/platform";
import { Icon } from "@/ui/Icon";
import { Grid } from "@/ui/parts";
import { Shell } from "@/ui/Shell";

/** Search on a phone: what was searched for, what is suggested while typing, what sells. */
export default function Search() {
  useLang();
  const [q, setQ] = useState("");
  const { words } = lately.use();
  const popular = useReading("popular", () => read("/api/v1/storefront/products", { sort: "sales", limit: 6 }));
  const head = (
    <div className="bar search-bar phone">
      <button className="plain" aria-label={t("bar.back")} onClick={goBack}>
        <Icon name="back" />
      </button>
      <input
        autoFocus
        value={q}
        aria-label={t("search.placeholder")}
        placeholder={t("search.placeholder")}
        enterKeyHint="search"
        onInput={(event) => setQ(typed(event))}
        onKeyDown={(event: KeyboardEvent) => isEntered(event) && searchFor(q)}
      />
      <button className="plain strong" onClick={() => searchFor(q)}>
        {t("search.go")}
      </button>
    </div>
  );
  return (
    <Shell title={t("search.go")} head={head}>
      {q.trim() ? (
        <div className="card">
          <Suggested q={q} />
        </div>
      ) : (
        <>
          {words.length > 0 && (
            <section className="card">
              <header className="row">
                <h3 className="grow">{t("search.lately")}</h3>
                <button className="plain small" onClick={forgetSearches}>
                  <Icon name="trash" size={16} /> {t("search.forget")}
                </button>
              </header>
              <div className="chips">
                {words.map((word) => (
                  <button key={word} className="chip" onClick={() => searchFor(word)}>
                    {word}
                  </button>
                ))}
              </div>
            </section>
          )}
          <section className="floor">
            <header>
              <h2>{t("search.popular")}</h2>
            </header>
            {popular.data && <Grid cards={popular.data.items} />}
          </section>
        </>
      )}
    </Shell>
  );
}
