namespace LiveCommerce.Contracts.Limits;

/// <summary>Which dates of birth can be true.</summary>
public static class BirthDates
{
    /// <summary>The first year that is believed.</summary>
    public const int YearMin = 1900;

    /// <summary>Why the date cannot be one; null: it can.</summary>
    public static Refusal? Check(DateOnly date, DateOnly today) => date > today || date.Year < YearMin
        ? new Refusal(RefusalCode.BirthDateNotAllowed, "This is no date of birth. Write year, month and day.")
        : null;
}
