import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Pda } from "./Pda";
import "./pda.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Pda />
    </StrictMode>,
  );
}
