import { EyeOutlined } from "@ant-design/icons";
import type { Input } from "../api/actions";
import { useSay } from "../i18n";
import { ActionButton } from "./ActionButton";

interface Props<T> {
  action: string;
  given: Input;
  onShown: (clear: T) => void;
}

/** Shows masked personal data in clear: asks why, and the action log keeps who looked and when. */
export function ShowClear<T>({ action, given, onShown }: Props<T>) {
  const say = useSay();
  return (
    <ActionButton
      action={action}
      grant="members.unmask"
      label={say("clear.show")}
      given={given}
      isRehearsed={false}
      onDone={(clear) => onShown(clear as T)}
      button={{ size: "small", icon: <EyeOutlined /> }}
    />
  );
}
