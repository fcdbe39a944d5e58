namespace LiveCommerce.LoadTester.Scenarios;

/// <summary>What is wrong with a scenario.</summary>
internal enum ScenarioProblem
{
    /// <summary>There is no such file, or it can't be read.</summary>
    NotFound = 1,

    /// <summary>More bytes, values or nesting than a scenario needs.</summary>
    TooLarge = 2,

    /// <summary>The text is not JSON.</summary>
    NotJson = 3,

    /// <summary>A name that means nothing here.</summary>
    UnknownName = 4,

    /// <summary>A name that stands there twice.</summary>
    Repeated = 5,

    /// <summary>Something that must be there is not.</summary>
    Missing = 6,

    /// <summary>A number where a text belongs, and the like.</summary>
    WrongType = 7,

    /// <summary>A number outside its bounds.</summary>
    OutOfRange = 8,

    /// <summary>A word that is none of the choices.</summary>
    UnknownChoice = 9,

    /// <summary>Each is allowed, but not together.</summary>
    Contradiction = 10,
}

/// <summary>Why a scenario is not run: what is wrong, where, and what is allowed.</summary>
/// <param name="Line">Counts from 1; null when it is about no line.</param>
/// <param name="Path">Such as <c>viewers[0].count</c>.</param>
internal sealed record ScenarioRefusal(ScenarioProblem Problem, string File, int? Line, string Path, string Message)
{
    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"{File}{(Line is { } line ? $", line {line}" : "")}{(Path.Length > 0 ? $", {Path}" : "")}: {Message}";
}

/// <summary>Carries a refusal out of the reader.</summary>
internal sealed class ScenarioRefusedException(ScenarioRefusal refusal) : Exception(refusal.ToString())
{
    public ScenarioRefusal Refusal => refusal;
}
