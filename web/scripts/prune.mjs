/**
 * Leaves out of the style sheets what belongs to components that no page uses. The component library names its classes by
 * hashes (`m_8a5d1357`), and the scripts hold the hashes of exactly the components that were bundled.
 */
import postcss from "postcss";

const HASHED = /\bm_[\da-f]{6,8}\b/g;

/** @returns {import("vite").Plugin} */
export function prune() {
  return {
    name: "prune",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const used = new Set();
        for (const file of Object.values(bundle)) {
          if (file.type === "chunk") for (const [name] of file.code.matchAll(HASHED)) used.add(name);
        }
        for (const file of Object.values(bundle)) {
          if (file.type !== "asset" || !file.fileName.endsWith(".css")) continue;
          const sheet = postcss.parse(file.source.toString());
          sheet.walkRules((rule) => {
            const needed = rule.selectors.filter((selector) => [...selector.matchAll(HASHED)].every(([name]) => used.has(name)));
            if (needed.length === 0) rule.remove();
            else if (needed.length < rule.selectors.length) rule.selectors = needed;
          });
          sheet.walkAtRules((rule) => {
            if (rule.nodes?.length === 0) rule.remove();
          });
          file.source = sheet.toString();
        }
      },
    },
  };
}
