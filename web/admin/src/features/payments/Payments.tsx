import { useSay } from "../../i18n";
import { TabsHere } from "../../ui/TabsHere";
import { Accounts } from "./Accounts";
import { Awaited } from "./Awaited";
import { Callbacks } from "./Callbacks";
import { Moved } from "./Moved";
import { Refunds } from "./Refunds";
import { Statements } from "./Statements";

/** Money in and out: what was moved, what waits to go back, what is still to come, and what providers told us. */
export function Payments() {
  const say = useSay();
  return (
    <>
      <div className="head">
        <h1>{say("nav.payments")}</h1>
      </div>
      <TabsHere
        destroyOnHidden
        items={[
          { key: "list", label: say("payment.list"), children: <Moved /> },
          { key: "refunds", label: say("payment.refunds"), children: <Refunds /> },
          { key: "awaited", label: say("payment.awaited"), children: <Awaited /> },
          { key: "statements", label: say("statement.tab"), children: <Statements /> },
          { key: "callbacks", label: say("payment.callbacks"), children: <Callbacks /> },
          { key: "accounts", label: say("payment.accounts"), children: <Accounts /> },
        ]}
      />
    </>
  );
}
