import { useEffect, useState, type PropsWithChildren } from "react";
import { t } from "@/i18n";
import { shopper } from "@/shopper";
import { Link } from "@/ui/Link";
import { Lines } from "@/ui/parts";
import { Empty } from "@/ui/Wrong";

/** Whether the session of whom this page was for has ended by itself. */
export function useSignedOut(): boolean {
  const { customerId, isLost } = shopper.use();
  const [wasIn, setWasIn] = useState(false);
  useEffect(() => {
    if (customerId) setWasIn(true);
  }, [customerId]);
  return wasIn && isLost && !customerId;
}

/** A session has ended in the middle of something. */
export function SignedOut() {
  return (
    <p className="note bad row" role="alert">
      <span className="grow">{t("wrong.signed_out")}</span>
      <Link to="login" query={{ back: 1 }} className="button small">
        {t("top.sign_in")}
      </Link>
    </p>
  );
}

/** What only members see; others are led to signing in, and back. Whose session ends meanwhile keeps what was typed. */
export function NeedsMember({ children }: PropsWithChildren) {
  const { customerId, isKnown } = shopper.use();
  const isOut = useSignedOut();
  if (!isKnown) return <Lines count={4} />;
  if (customerId || isOut)
    return (
      <>
        {isOut && <SignedOut />}
        {children}
      </>
    );
  return (
    <Empty title={t("me.sign_in")} art="白瓷盖碗">
      <Link to="login" query={{ back: 1 }} className="button">
        {t("top.sign_in")}
      </Link>
    </Empty>
  );
}
