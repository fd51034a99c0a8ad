import { useSay } from "../../i18n";
import { useGrant } from "../../app/session";
import { TabsHere } from "../../ui/TabsHere";
import { Levels } from "./Levels";
import { Accuracy } from "./Accuracy";
import { Movements } from "./Movements";
import { Shares } from "./Shares";

/** What lies where, how it came there, what each shop may show of it, and how right the book is. */
export function Stock() {
  const say = useSay();
  const seesFloor = useGrant("warehouse.read");
  return (
    <>
      <div className="head">
        <h1>{say("nav.stock")}</h1>
      </div>
      <TabsHere
        destroyOnHidden
        items={[
          { key: "levels", label: say("stock.levels"), children: <Levels /> },
          { key: "movements", label: say("stock.movements"), children: <Movements /> },
          { key: "shops", label: say("stock.shops"), children: <Shares /> },
          ...(seesFloor ? [{ key: "accuracy", label: say("stock.accuracy"), children: <Accuracy /> }] : []),
        ]}
      />
    </>
  );
}
