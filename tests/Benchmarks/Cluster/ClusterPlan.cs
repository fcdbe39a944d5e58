namespace LiveCommerce.Benchmarks.Cluster;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Of everything that is compared, taking turns.</param>
/// <param name="CallSeconds">Of one measurement of calls.</param>
/// <param name="TalkSeconds">Of one measurement of messages.</param>
/// <param name="WarmSeconds">
/// Before the first of each. Code is compiled while it runs, twice where it runs often: at so few messages a second it takes a minute until
/// the same message costs the same again, and a process alone gets there sooner than two that share the work.
/// </param>
/// <param name="Kills">Of a silo.</param>
/// <param name="HandOvers">A silo that is asked to stop while its room is given to.</param>
/// <param name="ViewersPerGateway">In the room.</param>
/// <param name="Rooms">That nobody is in, woken one after the other.</param>
internal sealed record ClusterPlan(
    int Rounds, double CallSeconds, double TalkSeconds, double WarmSeconds, int Kills, int HandOvers, int ViewersPerGateway, int Rooms)
{
    public static ClusterPlan Full { get; } = new(Rounds: 5, CallSeconds: 2, TalkSeconds: 10, WarmSeconds: 60, Kills: 20, HandOvers: 5, ViewersPerGateway: 1_000, Rooms: 2_000);

    /// <summary>To see that everything runs, and roughly how fast.</summary>
    public static ClusterPlan Quick { get; } = new(Rounds: 2, CallSeconds: 0.7, TalkSeconds: 4, WarmSeconds: 4, Kills: 3, HandOvers: 2, ViewersPerGateway: 400, Rooms: 500);

    /// <summary>Names of its parts (calls, talk, gateways, rooms, kills); null: all.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>Whether a part is wanted.</summary>
    public bool Has(string part) => Only?.Contains(part, StringComparer.Ordinal) ?? true;

    /// <summary>Calls under way when it is about their number.</summary>
    public const int CallsAtOnce = 64;

    /// <summary>
    /// Members that write and give: a room lets each write once a second. Odd, so that with every second message a gift all of them take turns
    /// at writing.
    /// </summary>
    public const int Speakers = 303;

    /// <summary>
    /// Messages a second, and one in so many is a gift, when one process is compared with two. At the lower rate most of the time goes to
    /// waking threads for single messages, at the higher one to the messages.
    /// </summary>
    public static readonly (string Name, int Rate)[] MixedRates = [("", 160), (".busy", 480)];

    public const int MixedGiftEvery = 2;

    /// <summary>Messages a second when viewers are spread over gateways.</summary>
    public const int ChatRate = 60;

    /// <summary>Over which the viewers are spread.</summary>
    public static readonly int[] Gateways = [1, 2, 4];
}
