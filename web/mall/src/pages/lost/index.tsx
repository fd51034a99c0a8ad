import { t, useLang } from "@/i18n";
import { Link } from "@/ui/Link";
import { Shell } from "@/ui/Shell";
import { Empty } from "@/ui/Wrong";

export default function Lost() {
  useLang();
  return (
    <Shell title={t("lost.title")}>
      <Empty title={t("lost.title")} hint={t("lost.hint")} art="茶则茶针六件套">
        <Link to="home" className="button">
          {t("wrong.home")}
        </Link>
        <Link to="search" className="button quiet">
          {t("search.go")}
        </Link>
      </Empty>
    </Shell>
  );
}
