// The identity provider's own page: a form, no script.
const PAGE = (error) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Sign in</title>
    <link rel="stylesheet" href="/sign-in/style.css" />
  </head>
  <body class="sign-in">
    <main>
      <h1>Sign in</h1>
      <p class="soft">This identity provider runs on your machine and takes any name.</p>
      <form method="post">
        <label for="name">Name</label>
        <input id="name" name="name" autocomplete="username" autofocus required minlength="2" maxlength="40" pattern="[A-Za-z0-9_.@\\-]+" ${error ? 'aria-invalid="true" aria-describedby="error"' : ""} />
        ${error ? `<p class="error" id="error">${error}</p>` : ""}
        <button type="submit">Continue</button>
      </form>
    </main>
  </body>
</html>
`;

export async function signInPage(request, response, error) {
  if (request.url === "/sign-in/style.css") {
    const { readFile } = await import("node:fs/promises");
    response.writeHead(200, { "content-type": "text/css" }).end(await readFile(new URL("style.css", import.meta.url)));
    return;
  }
  response
    .writeHead(error === undefined ? 200 : 422, {
      "content-type": "text/html; charset=utf-8",
      // Where the form leads in the end is the page that asked, so form-action is left to redirects.
      "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
      "cache-control": "no-store",
    })
    .end(PAGE(error));
}
