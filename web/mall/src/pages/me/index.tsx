import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { readFavourites } from "@/features/favourites";
import { Tickets } from "@/features/Tickets";
import { useUnread } from "@/features/unread";
import { t, useLang, type Key } from "@/i18n";
import { told } from "@/i18n/errors";
import { answerConsent, consent } from "@/behaviour";
import { enlarge, light, looks, speak, type Size } from "@/looks";
import type { PageName } from "@/routes";
import { shopper, signOut, toast } from "@/shopper";
import { Icon, type IconName } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Choices } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

const STAGES: readonly ["" | "placed" | "shipped" | "signed", IconName][] = [
  ["placed", "box"],
  ["shipped", "truck"],
  ["signed", "check"],
  ["", "receipt"],
];

const SIZES: readonly Size[] = ["usual", "large", "huge"];

const MENU: readonly [PageName, IconName, Key][] = [
  ["notices", "chat", "notices.title"],
  ["coupons", "ticket", "coupons.title"],
  ["aftersale", "receipt", "me.aftersales"],
  ["kept", "heart", "kept.favourites"],
  ["kept", "clock", "me.seen"],
  ["addresses", "pin", "me.addresses"],
  ["account", "user", "me.account"],
  ["help", "chat", "me.help"],
];

/** The member's centre: orders, points, coupons, addresses, how the mall looks. */
export default function Mine() {
  useLang();
  const { customerId } = shopper.use();
  const count = useUnread();
  const me = useReading(customerId ? `me ${customerId}` : null, () => read("/api/v1/customer"));
  return (
    <Shell title={t("tab.me")} tab="me" head={<span />} className="me">
      <section className="me-head">
        <span className="avatar">
          <Icon name="user" size={30} />
        </span>
        {customerId ? (
          <span className="grow">
            <h2>{me.data?.name || t("me.member")}</h2>
            <small>{me.data?.phone ?? "\u00a0"}</small>
          </span>
        ) : (
          <span className="grow">
            <h2>{t("me.hello")}</h2>
            <Link to="login" className="under">
              {t("me.sign_in")}
            </Link>
          </span>
        )}
      </section>
      <nav className="card stages" aria-label={t("me.orders")}>
        {STAGES.map(([only, icon]) => (
          <Link key={only} to="orders" query={{ only }}>
            <Icon name={icon} size={26} />
            {t(only ? `only.${only}` : "only.all")}
          </Link>
        ))}
      </nav>
      {customerId && <Wealth />}
      {me.error && <Wrong error={me.error} again={me.again} />}
      <Tickets />
      <nav className="card menu" aria-label={t("tab.me")}>
        {MENU.map(([to, icon, word]) => (
          <Link key={word} to={to} query={to === "kept" && word === "me.seen" ? { tab: "seen" } : {}} className="row item">
            <Icon name={icon} />
            <span className="grow left">{t(word)}</span>
            {to === "notices" && count > 0 && <b className="count">{count > 99 ? "99+" : count}</b>}
            <Icon name="next" size={14} />
          </Link>
        ))}
      </nav>
      <Settings isMember={Boolean(customerId)} />
    </Shell>
  );
}

/** Points, coupons and what is kept, each a way to it. */
function Wealth() {
  const points = useReading("points", () => read("/api/v1/customer/points"));
  const wallet = useReading("wallet", () => read("/api/v1/customer/coupons", { limit: 50 }));
  const kept = useReading("kept", readFavourites);
  const usable = wallet.data?.items.filter((each) => each.status === "usable") ?? [];
  return (
    <section className="card">
      <div className="row wealth">
        <span>
          <b>{points.data?.available ?? "–"}</b>
          <small className="faint">{t("me.points")}</small>
        </span>
        <Link to="coupons">
          <b>{wallet.data ? usable.length : "–"}</b>
          <small className="faint">{t("coupon.title")}</small>
        </Link>
        <Link to="kept">
          <b>{kept.data?.length ?? "–"}</b>
          <small className="faint">{t("me.kept")}</small>
        </Link>
      </div>
      {(wallet.error ?? points.error) && <Wrong error={wallet.error ?? points.error} again={wallet.again} />}
    </section>
  );
}

function Settings({ isMember }: { isMember: boolean }) {
  const { lang, theme, size } = looks.use();
  const { answer } = consent.use();
  const leave = async () => {
    try {
      await signOut();
      toast(t("me.signed_out"), true);
    } catch (error) {
      toast(told(error));
    }
  };
  return (
    <section className="card settings">
      <div className="row item">
        <span className="grow">{t("looks.language")}</span>
        <Choices name={t("looks.language")} options={[["zh-CN", "中文"], ["en", "English"]]} value={lang} set={speak} />
      </div>
      <div className="row item">
        <span className="grow">{t("looks.theme")}</span>
        <Choices name={t("looks.theme")} options={[["auto", t("looks.auto")], ["light", t("looks.light")], ["dark", t("looks.dark")]]} value={theme} set={light} />
      </div>
      <div className="row item">
        <span className="grow">{t("looks.size")}</span>
        <Choices name={t("looks.size")} options={SIZES.map((each) => [each, t(`looks.size.${each}`)] as const)} value={size} set={enlarge} />
      </div>
      <div className="row item">
        <span className="grow left">
          {t("consent.title")} <small className="faint">{t("consent.hint")}</small>
        </span>
        <Choices name={t("consent.title")} options={[["yes", t("consent.yes")], ["no", t("consent.no")]]} value={answer === "yes" ? "yes" : "no"} set={answerConsent} />
      </div>
      {isMember && (
        <button className="button quiet whole" onClick={() => void leave()}>
          {t("me.sign_out")}
        </button>
      )}
    </section>
  );
}
