import { Alert, Button } from "antd";
import { useSay } from "../../i18n";

interface Props {
  names: readonly string[];
  nameOf: (name: string) => string;
  onYield: (names: readonly string[]) => void;
}

/** Says what somebody else has changed since it was written over here, and lets theirs stand. */
export function Overtaken({ names, nameOf, onYield }: Props) {
  const say = useSay();
  if (names.length === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      style={{ marginBottom: 12 }}
      title={say("product.overtaken", { what: names.map(nameOf).join("、") })}
      action={
        <Button size="small" onClick={() => onYield(names)}>
          {say("product.take_theirs")}
        </Button>
      }
    />
  );
}
