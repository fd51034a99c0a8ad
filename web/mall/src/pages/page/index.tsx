import { useReading } from "@/api/reading";
import { Blocks } from "@/features/blocks/Blocks";
import { decorated, saidIn, useTurns } from "@/features/blocks/reading";
import { useParams } from "@/features/params";
import { useLang } from "@/i18n";
import { shopper } from "@/shopper";
import { Bones } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

/** A campaign's page, made of blocks. */
export default function Page() {
  useLang();
  const { slug = "" } = useParams();
  const { mall, customerId } = shopper.use();
  const found = useReading(mall ? `page ${slug} ${customerId ?? ""}` : null, () => decorated(slug, mall?.id ?? "", !!customerId));
  useTurns(found.data, found.again);
  const page = found.data?.page;
  return (
    <Shell title={page ? saidIn(page.title, page.title_en) : ""} className="decorated">
      {found.error ? <Wrong error={found.error} again={found.again} /> : found.data ? <Blocks shown={found.data} /> : <Bones />}
    </Shell>
  );
}
