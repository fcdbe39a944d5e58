using System.Net;
using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.LoadTester.Scenarios;

/// <summary>In which protocol viewers speak.</summary>
internal enum ProtocolChoice
{
    Json = 0,
    MessagePack = 1,

    /// <summary>Every second viewer the one, the others the other.</summary>
    Mixed = 2,
}

/// <summary>What a sending is.</summary>
internal enum ActionKind
{
    Chat = 0,
    Gift = 1,
    Like = 2,
    Buy = 3,
}

/// <summary>From a least to a most, both included.</summary>
internal readonly record struct Span(double Min, double Max)
{
    public double Pick(Random random) => Min + (random.NextDouble() * (Max - Min));

    public int PickWhole(Random random) => random.Next((int)Min, (int)Max + 1);
}

/// <summary>Rooms of one kind.</summary>
internal sealed record RoomPlan
{
    public required string Name { get; init; }

    /// <summary>How many of them.</summary>
    public int Count { get; init; } = 1;

    /// <summary>An existing room; null: rooms of our own.</summary>
    public string? RoomId { get; init; }

    /// <summary>Whether a test pattern is broadcast there.</summary>
    public bool Publish { get; init; }

    /// <summary>Items of a product that each room sells; 0: none.</summary>
    public int Stock { get; init; }

    /// <summary>Price of the product, in minor units.</summary>
    public long PriceMinor { get; init; } = 1_900;
}

/// <summary>Viewers who behave alike.</summary>
internal sealed record GroupPlan
{
    public required string Name { get; init; }

    /// <summary>Rooms they visit, by the name of their plan.</summary>
    public required string Room { get; init; }

    public int Count { get; init; }

    /// <summary>Second of the first arrival; 0: before the clock starts.</summary>
    public double ArriveAt { get; init; }

    /// <summary>Arrivals a second.</summary>
    public double ArrivePerSecond { get; init; } = 100;

    /// <summary>Seconds of a visit; null: to the end.</summary>
    public Span? Stay { get; init; }

    /// <summary>Seconds between visits; null: who left does not return.</summary>
    public Span? Away { get; init; }

    /// <summary>Whether who returns asks for what was missed (<c>since</c>); else it begins anew.</summary>
    public bool Resume { get; init; } = true;

    /// <summary>The part of them that fetches playlists and segments.</summary>
    public double Plays { get; init; }

    /// <summary>Whether those go from part to part, as players of low-latency HLS do.</summary>
    public bool LowLatency { get; init; }

    /// <summary>The part of them that says every 5 s that it watches.</summary>
    public double Watches { get; init; } = 1;

    /// <summary>Bytes read a second; 0: nothing after the join; null: as fast as they come.</summary>
    public int? ReadBytesPerSecond { get; init; }
}

/// <summary>Something that is done at a rate.</summary>
internal sealed record ActionPlan
{
    public required ActionKind Kind { get; init; }

    /// <summary>Rooms it happens in, by the name of their plan.</summary>
    public required string Room { get; init; }

    /// <summary>Sendings a second, over all those rooms.</summary>
    public double PerSecond { get; init; }

    /// <summary>First second.</summary>
    public double From { get; init; }

    /// <summary>Last second; null: the end.</summary>
    public double? Until { get; init; }

    /// <summary>Gifts that one sender sends in a row.</summary>
    public Span Combo { get; init; } = new(1, 1);

    /// <summary>Items of an order, hearts of a like, gifts of a sending.</summary>
    public Span Quantity { get; init; } = new(1, 1);

    /// <summary>Which gift; null: the cheapest.</summary>
    public string? Gift { get; init; }
}

/// <summary>Many connections that break at once.</summary>
internal sealed record StormPlan
{
    public double At { get; init; }

    /// <summary>The part of the viewers that loses its connection.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Of which group; null: of all.</summary>
    public string? Group { get; init; }

    /// <summary>Seconds within which the connections break.</summary>
    public double Within { get; init; }
}

/// <summary>What a run does. Read from a file or the command line; everything in it is bounded by <see cref="ScenarioLimits"/>.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public string About { get; init; } = "";

    /// <summary>Where the product runs.</summary>
    public required Uri Server { get; init; }

    /// <summary>Makes chance repeatable.</summary>
    public int Seed { get; init; } = 1;

    public ProtocolChoice Protocol { get; init; }

    /// <summary>After those who arrive at second 0 are in.</summary>
    public required TimeSpan Duration { get; init; }

    public required IReadOnlyList<RoomPlan> Rooms { get; init; }

    public IReadOnlyList<GroupPlan> Groups { get; init; } = [];

    public IReadOnlyList<ActionPlan> Actions { get; init; } = [];

    public IReadOnlyList<ActPlan> Acts { get; init; } = [];

    public IReadOnlyList<StormPlan> Storms { get; init; } = [];

    public IReadOnlyList<Threshold> Thresholds { get; init; } = [];

    /// <summary>Addresses of this machine to come from; empty: of the loopback network.</summary>
    public IReadOnlyList<IPAddress> From { get; init; } = [];

    /// <summary>Where the hub is, when several gateways stand beside one another; empty: at the server's address.</summary>
    public IReadOnlyList<Uri> Gateways { get; init; } = [];

    /// <summary>An existing account that owns the rooms to publish into; null makes accounts.</summary>
    public string? OwnerName { get; init; }

    /// <summary>Its password.</summary>
    public string? OwnerPassword { get; init; }

    /// <summary>Where the results go as JSON; null: nowhere.</summary>
    public string? ResultFile { get; init; }

    /// <summary>Where the report goes as HTML; null: nowhere.</summary>
    public string? ReportFile { get; init; }

    /// <summary>Viewers of all groups.</summary>
    public int Viewers => Groups.Sum(group => group.Count);

    /// <summary>Seconds of an action.</summary>
    public double SecondsOf(ActionPlan action) => Math.Max(0, Math.Min(action.Until ?? Duration.TotalSeconds, Duration.TotalSeconds) - action.From);

    /// <summary>Sendings of an action.</summary>
    public int CountOf(ActionPlan action) => (int)(action.PerSecond * SecondsOf(action));

    /// <summary>Sendings of a kind.</summary>
    public int CountOf(ActionKind kind) => Actions.Where(action => action.Kind == kind).Sum(CountOf);

    /// <summary>Accounts that write, give and buy in the rooms of a plan, so that none is faster than the server allows.</summary>
    public int SendersIn(RoomPlan room)
    {
        double needed = 0;
        foreach (var action in Actions.Where(action => action.Room == room.Name))
        {
            needed = Math.Max(needed, action.PerSecond / action.Kind switch
            {
                ActionKind.Chat => ScenarioLimits.ChatPerSender,
                ActionKind.Gift => ScenarioLimits.GiftsPerSender,
                ActionKind.Buy => ScenarioLimits.OrdersPerSender,
                _ => double.PositiveInfinity,
            });
        }

        return needed > 0 ? Math.Max((int)Math.Ceiling(needed), room.Count) : 0;
    }

    /// <summary>Accounts of all rooms.</summary>
    public int Senders => Rooms.Sum(SendersIn);

    /// <summary>Accounts of all acts.</summary>
    public int Actors => Acts.Sum(act => act.Accounts);

    /// <summary>Hides the password.</summary>
    public override string ToString() => $"{Name}: {Viewers} viewers at {Server}";
}

/// <summary>Bounds of a scenario.</summary>
internal static class ScenarioLimits
{
    public const int ViewersMax = 50_000;
    public const double PerSecondMax = 5_000;
    public const int SecondsMax = 86_400;
    public const int SendsMax = 500_000;
    public const int SendersMax = 5_000;
    public const int RoomsMax = 1_000;
    public const int PublishingMax = 8;
    public const int GroupsMax = 64;
    public const int ThresholdsMax = 32;
    public const int ComboMax = 100;
    public const int StockMax = 1_000_000;
    public const int ActsMax = 32;
    public const int PeopleMax = 500;
    public const int NameLengthMax = 60;
    public const int AboutLengthMax = 1_000;
    public const int ReadBytesMax = 10_000_000;

    // A room lets one account write once a second, a connection call 20 times a second; both with a margin.
    public const double ChatPerSender = 0.8;
    public const double GiftsPerSender = 10;
    public const double OrdersPerSender = 5;
}
