// Signs a PDF with @libpdf/core, which lies under the folder of the first
// argument: node sign.mjs FOLDER IN.pdf OUT.pdf KEY.p12 PASSWORD LEVEL [TSA]
import { readFile, writeFile } from "node:fs/promises";
import { webcrypto } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, input, output, key, password, level, tsa] = process.argv.slice(2);
const entry = join(folder, "node_modules/@libpdf/core/dist/index.mjs");
globalThis.crypto ??= webcrypto; // Node 18 has it only by name
const { PDF, P12Signer, HttpTimestampAuthority } = await import(pathToFileURL(entry).href);
const signer = await P12Signer.create(await readFile(key), password);
const pdf = await PDF.load(await readFile(input));
const options = { signer, level, reason: "Round trip" };
if (tsa) options.timestampAuthority = new HttpTimestampAuthority(tsa);
const { bytes } = await pdf.sign(options);
await writeFile(output, bytes);
