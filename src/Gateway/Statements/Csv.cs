using System.Globalization;
using System.Text;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Gateway.Statements;

/// <summary>Rows of a CSV file after RFC 4180: fields between commas, rows end with CR LF, texts in quotes with their quotes doubled.</summary>
internal static class Csv
{
    private const string RowEnd = "\r\n";

    // A table program takes a text that begins like this for a formula and runs it; an apostrophe makes it a text again.
    private const string FormulaStarts = "=+-@\t\r\n＝＋－＠";

    /// <summary>The names of the columns.</summary>
    public static string Head { get; } = string.Join(
        ',', "time", "kind", "change", "balance", "unit", "gift", "quantity", "from", "room", "reference", "rate", "entry", "original", "streamer") + RowEnd;

    /// <summary>A line of a statement.</summary>
    public static void Line(StringBuilder row, LedgerStatementLine line, LedgerUnit unit)
    {
        row.Append(line.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)).Append(',');
        row.Append(KindOf(line.Kind)).Append(',');
        Amount(row, line.Change, unit).Append(',');
        Amount(row, line.Balance, unit).Append(',').Append(NameOf(unit)).Append(',');
        Text(row, line.GiftId).Append(',');
        row.Append(CultureInfo.InvariantCulture, $"{line.Quantity},");
        Text(row, line.SenderName).Append(',');
        Text(row, line.RoomId).Append(',');
        Text(row, line.Reference).Append(',');
        row.Append(CultureInfo.InvariantCulture, $"{line.Rate},{line.EntryId:D},{line.Original:D},");
        Text(row, line.EarnerName).Append(RowEnd);
    }

    /// <summary>The balance at the beginning or the end.</summary>
    /// <param name="kind"><c>opening</c> or <c>closing</c>.</param>
    public static void Balance(StringBuilder row, DateTimeOffset at, string kind, long balance, LedgerUnit unit)
    {
        row.Append(at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)).Append(',').Append(kind).Append(",,");
        Amount(row, balance, unit).Append(',').Append(NameOf(unit)).Append(",,,,,,,,,").Append(RowEnd);
    }

    /// <summary>A text that stays one.</summary>
    public static StringBuilder Text(StringBuilder row, string? text)
    {
        if (string.IsNullOrEmpty(text)) { return row; }
        row.Append('"');
        if (FormulaStarts.Contains(text[0], StringComparison.Ordinal) || FormulaStarts.Contains(text.AsSpan().TrimStart() is [var first, ..] ? first : ' ', StringComparison.Ordinal))
        {
            row.Append('\'');
        }

        return row.Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    // Coins as they are, money in whole units with its cents: what a person adds up.
    private static StringBuilder Amount(StringBuilder row, long amount, LedgerUnit unit) => unit == LedgerUnit.Coins
        ? row.Append(CultureInfo.InvariantCulture, $"{amount}")
        : row.Append(CultureInfo.InvariantCulture, $"{(decimal)amount / 100:0.00}");

    private static string NameOf(LedgerUnit unit) => unit == LedgerUnit.Coins ? "coins" : "USD";

    private static string KindOf(LedgerEntryKind kind) => char.ToLowerInvariant(kind.ToString()[0]) + kind.ToString()[1..];
}
