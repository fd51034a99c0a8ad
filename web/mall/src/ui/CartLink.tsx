import { t } from "@/i18n";
import { shopper } from "@/shopper";
import { Icon } from "./Icon";
import { Link } from "./Link";

/** The way to the cart, with how many pieces are in it. */
export function CartLink({ isNamed }: { isNamed?: boolean }) {
  const { pieces } = shopper.use();
  const told = pieces > 99 ? "99+" : String(pieces);
  return (
    <Link to="cart" className="cart-link" {...(isNamed ? {} : { label: pieces > 0 ? `${t("tab.cart")} ${told}` : t("tab.cart") })}>
      <Icon name="cart" />
      {isNamed && <span>{t("tab.cart")}</span>}
      {pieces > 0 && <b className="count">{told}</b>}
    </Link>
  );
}
