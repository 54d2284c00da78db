// Makes ../assets/codemirror.min.js: CodeMirror in one file, its licences and versions on top.
//
//     cp package.json package-lock.json codemirror.js build.js /tmp/editor/ && cd /tmp/editor
//     npm ci && npm run build && cp codemirror.min.js …/microgrid/workbench/assets/
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const { outputFiles, metafile } = await build({
  entryPoints: ["codemirror.js"], bundle: true, format: "esm", minify: true, target: "es2020", charset: "utf8",
  legalComments: "none", metafile: true, write: false, outfile: "codemirror.min.js",
});
const inside = Object.values(metafile.outputs)[0].inputs;
const used = new Set(Object.keys(inside).map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
const licences = new Map();
for (const name of [...used].sort()) {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const licence = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  licences.set(licence, [...(licences.get(licence) ?? []), `${name} ${version}`]);
}
const head = [...licences].map(([licence, names]) => `${names.join(", ")}\n\n${licence}`).join("\n\n\n");
writeFileSync("codemirror.min.js", `/*!\n${head}\n*/\n${outputFiles[0].text}`);
