import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../packages/cli/bin/countersign.mjs", import.meta.url));
const botocore = spawnSync("python3", ["-c", "import botocore; print(botocore.__version__)"], { encoding: "utf8" });

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "countersign it's "));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const WORKER = "arn:aws:iam::123456789012:role/worker";

/** Runs a script in a shell that has a local AWS in its environment, and had another key there before. */
async function inShell(script: string, roles: readonly string[] = [WORKER]): Promise<string> {
  const named = roles.map((role) => `--role ${role}`).join(" ");
  const start = `eval "$("${process.execPath}" "${program}" local --env --port 0 --directory "$HOME/ca" ${named})"`;
  const end = "trap 'kill \"$COUNTERSIGN_LOCAL_PID\"' EXIT";
  const { stdout } = await run("/bin/sh", ["-euc", [start, end, script].join("\n")], {
    env: { PATH: process.env["PATH"], HOME: home, AWS_SESSION_TOKEN: "of another session", AWS_PROFILE: "none" },
    timeout: 60_000,
  });
  return stdout;
}

describe("eval $(countersign local --env)", { timeout: 90_000 }, () => {
  it("leads the AWS CLI to a local AWS, from a folder whose name the shell has to quote", async () => {
    const role = "arn:aws:iam::123456789012:role/worker";
    const assumed = `sts assume-role --role-arn ${role} --role-session-name env --query AssumedRoleUser.Arn --output text`;
    // Debian's AWS CLI does not read AWS_ENDPOINT_URL.
    const stdout = await inShell(`/usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" ${assumed}`);
    expect(stdout.trim()).toBe("arn:aws:sts::123456789012:assumed-role/worker/env");
  });

  it.runIf(botocore.status === 0)(
    `leads botocore ${botocore.stdout.trim() || "(not installed)"} to SageMaker, its runtime and S3, with chunked uploads`,
    async () => {
      const script = `
import io, os, botocore.session
session = botocore.session.get_session()
client = lambda name, url="AWS_ENDPOINT_URL": session.create_client(name, endpoint_url=os.environ[url])
client("sagemaker").create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/worker")
print([model["ModelName"] for model in client("sagemaker").list_models()["Models"]])
print(client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"hello")["Body"].read())
s3 = client("s3", "AWS_ENDPOINT_URL_S3")
# A stream with a checksum goes out as aws-chunked, with the checksum as a trailer.
s3.put_object(Bucket="data", Key="a b.txt", Body=io.BytesIO(b"x" * 200000), ChecksumAlgorithm="CRC32")
answer = s3.get_object(Bucket="data", Key="a b.txt")
print(len(answer["Body"].read()), answer["ContentLength"], s3.head_object(Bucket="data", Key="a b.txt")["ContentLength"])
try:
    s3.get_object(Bucket="data", Key="none")
except s3.exceptions.NoSuchKey as error:
    print(error.response["ResponseMetadata"]["HTTPStatusCode"])
`;
      const stdout = await inShell(`python3 - <<'PYTHON'\n${script}\nPYTHON`);
      expect(stdout.trim().split("\n")).toEqual(["['m']", "b'hello'", "200000 200000 200000", "404"]);
    },
  );

  it("lets its user assume each role that is named, of whatever account", async () => {
    const roles = ["arn:aws:iam::111122223333:role/inference", "arn:aws:iam::444455556666:role/batch", "other"];
    const arns = [...roles.slice(0, 2), "arn:aws:iam::111122223333:role/other"];
    const asked = arns.map((arn) => `"${process.execPath}" "${program}" credentials ${arn}`);
    const stdout = await inShell(asked.join("\n"), roles);
    const accounts = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { AccountId: string }).AccountId);
    expect(accounts).toEqual(["111122223333", "444455556666", "111122223333"]);
  });

  it("prints JSON on request, and why it cannot start", async () => {
    const start = (...args: readonly string[]) =>
      run(process.execPath, [program, "local", "--env", ...args], { env: { HOME: home } });
    const { stdout } = await start("--port", "0", "--json");
    const environment = JSON.parse(stdout) as Record<string, string>;
    const pid = Number(environment["COUNTERSIGN_LOCAL_PID"]);
    try {
      const port = new URL(environment["AWS_ENDPOINT_URL"] ?? "").port;
      await expect(start("--port", port)).rejects.toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringContaining("choose another port") as string,
      });
    } finally {
      process.kill(pid, "SIGTERM");
    }
  });
});
