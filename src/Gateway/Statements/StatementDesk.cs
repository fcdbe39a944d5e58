using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LiveCommerce.Gateway.Statements;

/// <summary>Statements of one ledger account over HTTP, as a page of JSON or as a whole CSV file. Who may see it is asked before.</summary>
internal sealed class StatementDesk(IGrainFactory grains, AccountDirectory directory)
{
    /// <summary>Lines of one page.</summary>
    public const int LinesMax = 500;

    /// <summary>Lines of one CSV file; also about 20 MB.</summary>
    public const int CsvLinesMax = 100_000;

    /// <summary>One page.</summary>
    /// <param name="name">What the account is called in the answer.</param>
    /// <param name="after">The <see cref="StatementView.Next"/> of the page before.</param>
    public async Task<Results<Ok<StatementView>, RefusalResult>> PageAsync(
        LedgerAccount account, string name, string? from, string? to, string? after, int take)
    {
        var period = StatementPeriod.Parse(from, to);
        if (!period.Ok) { return period.Refusal.ToHttp(); }

        LedgerPlace? place = null;
        if (after is not null)
        {
            if (Place(after) is not { } parsed)
            {
                return new Refusal(RefusalCode.Malformed, "Send after as it came: the next of the page before, or nothing for the first page.").ToHttp();
            }

            place = parsed;
        }

        var page = await ReadAsync(account, period.Value, place, Math.Clamp(take, 1, LinesMax));
        return TypedResults.Ok(new StatementView(
            name, account.Unit, period.Value.From, period.Value.To, page.Opening, page.Debits, page.Credits, page.Closing, page.Entries, page.Lines,
            page.Next is { } next ? string.Create(CultureInfo.InvariantCulture, $"{next.Batch}.{next.Order}") : null));
    }

    /// <summary>All pages, as a file. Refused before it begins when it would be too long: a file that ends too early looks whole.</summary>
    /// <param name="name">Part of the file's name.</param>
    public async Task<IResult> CsvAsync(LedgerAccount account, string name, string? from, string? to)
    {
        var period = StatementPeriod.Parse(from, to);
        if (!period.Ok) { return period.Refusal.ToHttp(); }

        var first = await ReadAsync(account, period.Value, after: null, LinesMax);
        if (first.Entries > CsvLinesMax)
        {
            return new Refusal(
                RefusalCode.PeriodTooLong, $"These days have {first.Entries} lines, and a file has at most {CsvLinesMax}. Ask for fewer days at a time.")
            {
                Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["lines"] = first.Entries, ["max"] = CsvLinesMax },
            }.ToHttp();
        }

        return new StatementFile(
            $"statement-{name}-{StatementPeriod.Text(period.Value.From)}-{StatementPeriod.Text(period.Value.To)}.csv",
            first, place => ReadAsync(account, period.Value, place, LinesMax));
    }

    /// <summary>A page, with the names of those whose earnings its lines are about.</summary>
    private async ValueTask<LedgerStatement> ReadAsync(LedgerAccount account, StatementPeriod period, LedgerPlace? after, int take)
    {
        var page = await grains.GetGrain<ILedgerBooksGrain>(IGiftLedgerGrain.Key).GetStatement(
            new LedgerStatementRequest(account, period.Begin, period.End, after, take));
        var names = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var earner in page.Lines.Select(line => line.EarnerId).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            names[earner] = (await directory.FindAsync(earner, CancellationToken.None))?.Person.Name;
        }

        return names.Count == 0
            ? page
            : page with { Lines = [.. page.Lines.Select(line => line.EarnerId is { } earner ? line with { EarnerName = names[earner] } : line)] };
    }

    private static LedgerPlace? Place(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var batch)
            && int.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var order)
            ? new LedgerPlace(batch, order)
            : null;
    }
}

/// <summary>One page of a statement. Opening + credits - debits = closing, for the whole period, on every page.</summary>
/// <param name="Account">Which account: <c>coins</c>, <c>gifts</c>, <c>available</c> ….</param>
/// <param name="Unit">Whole coins, or cents.</param>
/// <param name="To">The last day, included.</param>
/// <param name="Entries">How many lines the whole period has.</param>
/// <param name="Next">Ask the next page with it; null: this was the last.</param>
internal sealed record StatementView(
    string Account, LedgerUnit Unit, DateOnly From, DateOnly To, long Opening, long Debits, long Credits, long Closing, long Entries,
    IReadOnlyList<LedgerStatementLine> Lines, string? Next);
