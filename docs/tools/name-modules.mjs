import { entryPoints } from "./entry-points.mjs";

/** A plugin of typedoc: an entry point has the name that users import it by, not the path of its source. */
export function load(app) {
  const specifiers = new Map(entryPoints().map(({ specifier, source }) => [source, specifier]));
  app.converter.on("resolveBegin", ({ project }) => {
    for (const module of project.children ?? []) {
      const source = project.getSymbolIdFromReflection(module)?.fileName;
      const specifier = specifiers.get(source);
      if (specifier === undefined) throw new Error(`${source}: must be the source of an entry point`);
      module.name = specifier;
    }
  });
}
