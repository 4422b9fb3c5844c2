import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type Plain = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps | keyof ButtonProps> & { ref?: Ref<HTMLAnchorElement> };

/** A link in a text. */
export const TextLink = createLink((props: AnchorProps & Plain) => <Anchor {...props} />);

/** A link that looks like a button, since it begins something. */
export const ButtonLink = createLink((props: ButtonProps & Plain) => <Button component="a" {...props} />);
