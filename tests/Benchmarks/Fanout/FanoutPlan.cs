namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Of everything that is compared, taking turns.</param>
/// <param name="Crowds">Viewers in the room.</param>
/// <param name="Rates">Messages a second.</param>
/// <param name="Seconds">Of one measurement.</param>
/// <param name="Idle">Connections whose memory is measured.</param>
/// <param name="Storm">Viewers that come back all at once.</param>
internal sealed record FanoutPlan(int Rounds, int[] Crowds, int[] Rates, double Seconds, int Idle, int Storm)
{
    public static FanoutPlan Full { get; } = new(Rounds: 3, Crowds: [2_000, 10_000], Rates: [20, 100, 500, 2_000], Seconds: 6, Idle: 10_000, Storm: 10_000);

    /// <summary>To see that everything runs; its figures say little.</summary>
    public static FanoutPlan Quick { get; } = new(Rounds: 1, Crowds: [2_000], Rates: [20, 100, 500], Seconds: 2, Idle: 2_000, Storm: 2_000);

    /// <summary>Names of those compared; null: all. The product alone has its storms and stopped readers as well.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>Only the messages are measured: no memory, no storm, nobody who stops reading.</summary>
    public bool MessagesOnly { get; init; }

    /// <summary>A part of it: some of those compared, and some rates, for so long each. Who names rates wants the messages alone.</summary>
    public FanoutPlan Narrowed(IReadOnlyList<string>? only, int[]? rates, double? seconds) =>
        this with { Only = only, Rates = rates ?? Rates, Seconds = seconds ?? Seconds, MessagesOnly = rates is not null };

    /// <summary>
    /// Once, before the first measurement: code is compiled while it runs, twice where it runs often, and that takes a third of a
    /// processor in the first ten seconds.
    /// </summary>
    public const double FirstWarmUpSeconds = 25;

    /// <summary>Messages a second meanwhile.</summary>
    public const int FirstWarmUpRate = 300;

    /// <summary>Before each measurement.</summary>
    public const double WarmUpSeconds = 1;

    /// <summary>Viewers that write: a room lets each write once a second.</summary>
    public const int Speakers = 1_990;

    /// <summary>Of those, who also give.</summary>
    public const int Gifters = 100;

    /// <summary>One message in so many is a gift.</summary>
    public const int GiftEvery = 20;

    /// <summary>Calls that wait for their answers. One more waits, and its delay is counted from when it was due.</summary>
    public const int InFlightMax = 128;

    /// <summary>Viewers that are inside while a storm passes, and while others stop reading.</summary>
    public const int Insiders = 2_000;

    /// <summary>Messages a second meanwhile.</summary>
    public const int BusyRate = 100;
}
