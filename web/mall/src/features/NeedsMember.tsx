import type { PropsWithChildren } from "react";
import { t } from "@/i18n";
import { shopper } from "@/shopper";
import { Link } from "@/ui/Link";
import { Lines } from "@/ui/parts";
import { Empty } from "@/ui/Wrong";

/** What only members see; others are led to signing in, and back. */
export function NeedsMember({ children }: PropsWithChildren) {
  const { customerId, isKnown } = shopper.use();
  if (!isKnown) return <Lines count={4} />;
  if (customerId) return <>{children}</>;
  return (
    <Empty title={t("me.sign_in")} art="白瓷盖碗">
      <Link to="login" query={{ back: 1 }} className="button">
        {t("top.sign_in")}
      </Link>
    </Empty>
  );
}
