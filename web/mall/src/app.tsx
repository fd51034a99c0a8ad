import { useLaunch, usePageNotFound } from "@tarojs/taro";
import type { PropsWithChildren } from "react";
import { goInstead } from "./going";
import { uncover } from "./firstlook";
import "./looks";
import { start } from "./shopper";
import { Boundary } from "./ui/Wrong";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/goods.css";
import "./styles/product.css";
import "./styles/buying.css";
import "./styles/after.css";
import "./styles/blocks.css";

export default function App({ children }: PropsWithChildren) {
  useLaunch(() => {
    uncover();
    void start();
  });
  usePageNotFound(() => goInstead("lost"));
  return <Boundary>{children}</Boundary>;
}
