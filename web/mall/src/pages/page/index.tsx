import { useReading } from "@/api/reading";
import { Blocks } from "@/features/blocks/Blocks";
import { decorated, saidIn, useTurns } from "@/features/blocks/reading";
import { useNeeded, useParams } from "@/features/params";
import { Beside, useFoot } from "@/features/footing";
import { day, t, useLang } from "@/i18n";
import { shopper } from "@/shopper";
import { Bones } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

/** A page made of blocks: a campaign, or words that stand in the foot, with the others beside them. */
export default function Page() {
  useLang();
  const { slug = "" } = useParams();
  useNeeded(slug);
  const { mall, customerId } = shopper.use();
  const found = useReading(mall ? `page ${slug} ${customerId ?? ""}` : null, () => decorated(slug, mall?.id ?? "", !!customerId));
  useTurns(found.data, found.again);
  const page = found.data?.page;
  const isArticle = useFoot().some((each) => each.slug === slug);
  return (
    <Shell title={page ? saidIn(page.title, page.title_en) : ""} className={`decorated ${isArticle ? "article" : ""}`} isLast>
      {found.error ? (
        <Wrong error={found.error} again={found.again} />
      ) : !found.data ? (
        <Bones />
      ) : isArticle ? (
        <div className="article-columns">
          <Beside slug={slug} />
          <article>
            <h1 className="wide">{saidIn(found.data.page.title, found.data.page.title_en)}</h1>
            <Blocks shown={found.data} />
            {found.data.page.published_at && <p className="faint">{t("foot.since", { n: found.data.page.version, day: day(found.data.page.published_at) })}</p>}
          </article>
        </div>
      ) : (
        <Blocks shown={found.data} />
      )}
    </Shell>
  );
}
