import { Drawer as MantineDrawer, type DrawerProps, Modal as MantineModal, type ModalProps } from "@mantine/core";
import { useEffect } from "react";

/** What had the focus last, outside of dialogs and menus. */
let last: HTMLElement | undefined;

document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLElement && !target.closest("[role=dialog], [role=menu]")) last = target;
});

/** Whoever closes a dialog goes on where it was opened, also by a menu; where that is gone, at the head of the page. */
function FocusBack() {
  useEffect(() => {
    const opener = last;
    return () => {
      requestAnimationFrame(() => {
        if (document.activeElement && document.activeElement !== document.body) return;
        if (opener?.isConnected) opener.focus();
        else document.querySelector<HTMLElement>("h1[tabindex]")?.focus();
      });
    };
  }, []);
  return null;
}

export function Modal({ children, ...props }: ModalProps) {
  return (
    <MantineModal {...props}>
      <FocusBack />
      {children}
    </MantineModal>
  );
}

export function Drawer({ children, ...props }: DrawerProps) {
  return (
    <MantineDrawer {...props}>
      <FocusBack />
      {children}
    </MantineDrawer>
  );
}
