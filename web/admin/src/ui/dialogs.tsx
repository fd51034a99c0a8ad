import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { useLocation } from "react-router";

type Dialog = (close: () => void) => ReactNode;

const Opening = createContext<(dialog: Dialog) => void>(() => undefined);

/** Opens a dialog that stays open although what opened it goes, as a row does that a colleague has just dealt with. */
export const useDialog = (): ((dialog: Dialog) => void) => useContext(Opening);

/** Where such dialogs live: over the page, until they are closed or the page is left. */
export function Dialogs({ children }: { children: ReactNode }) {
  const { pathname } = useLocation();
  const [open, setOpen] = useState<{ dialog: Dialog; on: string } | null>(null);
  const show = useMemo(() => (dialog: Dialog) => setOpen({ dialog, on: pathname }), [pathname]);
  return (
    <Opening.Provider value={show}>
      {children}
      {open?.on === pathname && open.dialog(() => setOpen(null))}
    </Opening.Provider>
  );
}
