import { Link } from "react-router";
import { useSay } from "../../i18n";
import { useGrant } from "../../app/session";
import { TabsHere } from "../../ui/TabsHere";
import { Accounts } from "./Accounts";
import { Bills } from "./Bills";
import { Cards } from "./Cards";
import { Anomalies, Parcels } from "./Parcels";

/** Parcels on their way, what is wrong with them, what carriers ask, and whether their bills are right. */
export function Carriers() {
  const say = useSay();
  const seesRules = useGrant("rules.read");
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.carriers")}</h1>
          {seesRules && (
            <p className="soft">
              {say("carriers.hint")} <Link to="/rules?subject=orders.courier">{say("carriers.rules")}</Link>
            </p>
          )}
        </div>
      </div>
      <TabsHere
        destroyOnHidden
        items={[
          { key: "anomalies", label: say("carriers.anomalies"), children: <Anomalies /> },
          { key: "parcels", label: say("carriers.parcels"), children: <Parcels /> },
          { key: "accounts", label: say("carriers.accounts"), children: <Accounts /> },
          { key: "cards", label: say("carriers.cards"), children: <Cards /> },
          { key: "bills", label: say("carriers.bills"), children: <Bills /> },
        ]}
      />
    </>
  );
}
