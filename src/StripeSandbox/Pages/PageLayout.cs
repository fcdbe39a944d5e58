using System.Net;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.StripeSandbox.Pages;

/// <summary>The look of the sandbox's pages. They carry no script and may stand in a frame.</summary>
internal static class PageLayout
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d1b2e; --soft: #5f5b78; --paper: #ffffff; --back: #f3f1fb; --line: #ddd8ef; --yes: #1f7a4d; --no: #a8324a; }
        @media (prefers-color-scheme: dark) { :root { --ink: #f1effa; --soft: #b3aecb; --paper: #221f33; --back: #14121f; --line: #3b3654; --yes: #1f7a4d; --no: #e0647c; } }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { width: 100%; max-width: 26rem; background: var(--paper); border: 1px solid var(--line); border-radius: 16px; overflow: hidden; }
        .mark { margin: 0; padding: 10px 20px; background: #ffd95a; color: #3b2f00; font-weight: 600; text-align: center; }
        section { padding: 20px; }
        h1 { margin: 0 0 4px; font-size: 1.25rem; }
        p { margin: 0 0 12px; color: var(--soft); }
        .amount { margin: 12px 0; font-size: 2rem; font-weight: 700; color: var(--ink); }
        form { display: grid; gap: 10px; margin-top: 16px; }
        button { font: inherit; font-weight: 600; padding: 12px; min-height: 44px; border-radius: 10px; border: 1px solid var(--line); background: transparent; color: var(--ink); cursor: pointer; }
        button:focus-visible { outline: 3px solid #7a5cff; outline-offset: 2px; }
        button.yes { background: var(--yes); border-color: var(--yes); color: #fff; }
        button.no { border-color: var(--no); color: var(--no); }
        fieldset { display: grid; gap: 4px; margin: 0; padding: 8px 12px; border: 1px solid var(--line); border-radius: 10px; }
        legend { padding: 0 4px; font-weight: 600; }
        label { display: flex; gap: 10px; align-items: center; min-height: 44px; cursor: pointer; }
        input:focus-visible { outline: 3px solid #7a5cff; outline-offset: 2px; }
        code { font-size: .85em; overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: auto; gap: 2px; margin: 0; } dt { font-weight: 600; } dd { margin: 0 0 8px; color: var(--soft); }
        """;

    /// <summary>Writes a page.</summary>
    /// <param name="content">HTML; what came from outside is encoded already.</param>
    public static async Task Write(HttpContext context, string title, string content, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";
        await context.Response.WriteAsync(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(title)}</title>
            <style>{Style}</style>
            </head>
            <body><main><p class="mark">Sandbox — no money moves</p><section>
            {content}
            </section></main></body>
            </html>
            """);
    }

    public static string Encode(string text) => WebUtility.HtmlEncode(text);
}
