// Runs after `npm ci` and `npm install` in this repository (the script "prepare"). All platform packages of Node have a
// command named node; npm 10, which comes with Node 20 and 22, removes the ones that don't fit this machine together
// with that link. npm scripts would then run on the machine's own Node, silently.
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const { optionalDependencies } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
const windows = process.platform === "win32";
const command = windows ? "node.exe" : "node";
const link = new URL(`node_modules/.bin/${windows ? "node.cmd" : "node"}`, root);
const installed = Object.keys(optionalDependencies).find((name) =>
  existsSync(new URL(`node_modules/${name}/bin/${command}`, root)),
);

if (installed !== undefined && !existsSync(link)) {
  rmSync(link, { force: true });
  if (windows) writeFileSync(link, `@"%~dp0..\\${installed}\\bin\\node.exe" %*\r\n`);
  else symlinkSync(`../${installed}/bin/node`, link);
}

// Where /bin/sh is dash, it stays between npm and the program and dies alone when npm passes a signal on: the server
// would run on after `npm start` was stopped. The scripts say `exec` for that; cmd.exe has to be taught the word.
if (windows) writeFileSync(new URL("node_modules/.bin/exec.cmd", root), "@%*\r\n");
