import { PrinterOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { App, Button, type ButtonProps } from "antd";
import { accepted, session } from "../api/client";
import { useWords } from "./Wrong";

interface Props extends Omit<ButtonProps, "onClick"> {
  path: string;
  label: string;
}

/** Opens what the server prints, in the reader's language, in a window of its own; says why where it refuses. */
export function PrintButton({ path, label, ...button }: Props) {
  const words = useWords();
  const { message } = App.useApp();
  const printing = useMutation({
    mutationFn: async () => (await accepted(fetch(path, { headers: { "accept-language": session.lang } }))).blob(),
    onSuccess: (paper) => {
      const address = URL.createObjectURL(paper);
      window.open(address, "_blank", "noopener");
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },
    onError: (error) => void message.error(words(error)),
  });
  return (
    <Button icon={<PrinterOutlined />} loading={printing.isPending} {...button} onClick={() => printing.mutate()}>
      {label}
    </Button>
  );
}
