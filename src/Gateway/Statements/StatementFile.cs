using System.Text;
using LiveCommerce.Contracts.Ledger;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Statements;

/// <summary>A statement as a CSV file, sent page by page: its length never stands in memory.</summary>
/// <param name="first">The first page, already read.</param>
/// <param name="next">Reads the page after a place.</param>
internal sealed class StatementFile(string name, LedgerStatement first, Func<LedgerPlace, ValueTask<LedgerStatement>> next) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "text/csv; charset=utf-8; header=present";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        response.Headers.CacheControl = "no-store";

        var unit = first.Account.Unit;
        var rows = new StringBuilder(Csv.Head);
        Csv.Balance(rows, first.From, "opening", first.Opening, unit);
        var (page, sent) = (first, 0);
        while (true)
        {
            foreach (var line in page.Lines) { Csv.Line(rows, line, unit); }
            sent += page.Lines.Count;
            if (page.Next is not { } place) { break; }

            // The period may be going on while it is read. A file that is cut off must not look whole.
            if (sent > StatementDesk.CsvLinesMax) { throw new InvalidOperationException($"{name} has grown beyond {StatementDesk.CsvLinesMax} lines while it was sent."); }
            await SendAsync(httpContext, rows);
            page = await next(place);
        }

        Csv.Balance(rows, page.Until, "closing", page.Closing, unit);
        await SendAsync(httpContext, rows);
    }

    private static async Task SendAsync(HttpContext context, StringBuilder rows)
    {
        await context.Response.WriteAsync(rows.ToString(), Encoding.UTF8, context.RequestAborted);
        rows.Clear();
    }
}
