import { useProblemWords } from "../i18n/problem";

interface Form {
  setErrors: (errors: Record<string, string>) => void;
  getInputNode: (path: string) => HTMLElement | null;
}

/** Puts the words of a refused request by its fields and goes to the first of them. */
export function useRefusal(form: Form, rename: Record<string, string> = {}) {
  const words = useProblemWords();
  return (error: Error) => {
    const fields = Object.fromEntries(Object.entries(words.fields(error)).map(([path, text]) => [rename[path] ?? path, text]));
    form.setErrors(fields);
    const [first] = Object.keys(fields);
    if (first) form.getInputNode(first)?.focus();
  };
}
