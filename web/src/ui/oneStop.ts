/** Several choices are one stop of the Tab key, at the chosen one; the arrow keys go on from there. Answers the tabIndex of each. */
export function oneStop(values: readonly string[], chosen: string): (value: string) => 0 | -1 {
  const stop = values.includes(chosen) ? chosen : values[0];
  return (value) => (value === stop ? 0 : -1);
}
