using System.Globalization;
using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.Statements;

/// <summary>The days of a statement, both included, in UTC.</summary>
internal sealed record StatementPeriod(DateOnly From, DateOnly To)
{
    /// <summary>Days of one statement: a leap year.</summary>
    public const int DaysMax = 366;

    private const string Format = "yyyy-MM-dd";
    private const int YearMin = 2000;
    private const int YearMax = 2999;

    /// <summary>Its first moment.</summary>
    public DateTimeOffset Begin => new(From, TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>The first moment after it.</summary>
    public DateTimeOffset End => new(To.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>Reads the two days, or says what is wrong with them.</summary>
    public static Result<StatementPeriod> Parse(string? from, string? to)
    {
        if (!TryDay(from, out var first) || !TryDay(to, out var last))
        {
            return new Refusal(RefusalCode.PeriodInvalid, "Name the first and the last day of the statement, such as from=2026-11-01&to=2026-11-30.");
        }

        if (last < first)
        {
            return new Refusal(RefusalCode.PeriodInvalid, $"The last day, {Text(last)}, is before the first, {Text(first)}. Exchange them.");
        }

        var days = last.DayNumber - first.DayNumber + 1;
        return days > DaysMax
            ? new Refusal(RefusalCode.PeriodTooLong, $"A statement has at most {DaysMax} days, and these are {days}. Ask for one year at a time.")
            {
                Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["days"] = days, ["max"] = DaysMax },
            }
            : new StatementPeriod(first, last);
    }

    /// <summary>A day as it is read and written.</summary>
    public static string Text(DateOnly day) => day.ToString(Format, CultureInfo.InvariantCulture);

    private static bool TryDay(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year is >= YearMin and <= YearMax;
}
