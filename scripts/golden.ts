import { runGolden } from "../test/golden/run.js";

const [folder, matching] = process.argv.slice(2);
if (folder === undefined) {
  console.error(
    "usage: npm run golden -- FOLDER [PART OF AREA/FILE], such as: npm run golden -- ../shared/golden losses/",
  );
  process.exitCode = 2;
} else {
  const { failed } = await runGolden(folder, console.log, matching);
  if (failed > 0) process.exitCode = 1;
}
