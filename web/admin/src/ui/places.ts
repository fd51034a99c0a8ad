/** The pages here for what the API's addresses name, the more particular before the broader. */
const PLACES: [RegExp, string][] = [
  [/^\/api\/v1\/orders\/units\/([^/?]+)/, "/units/$1"],
  [/^\/api\/v1\/orders\/([^/?]+)/, "/orders/$1"],
  [/^\/api\/v1\/warehouse\/waves\/([^/?]+)/, "/waves/$1"],
  [/^\/api\/v1\/promotions\/([^/?]+)/, "/promotions/$1"],
  [/^\/api\/v1\/customers\/([^/?]+)/, "/customers/$1"],
  [/^\/api\/v1\/skus\/([^/?]+)\/movements/, "/stock?tab=movements&sku_id=$1"],
  [/^\/api\/v1\/ledger\/entries\/([^/?]+)/, "/ledger?entry=$1"],
];

/** Where somebody sees what an address of the API tells; null where it has no page of its own. */
export function placeOf(link: string): string | null {
  const found = PLACES.find(([of]) => of.test(link));
  if (!found) return null;
  const [of, to] = found;
  const id = of.exec(link)?.[1] ?? "";
  return to.replace("$1", id);
}
