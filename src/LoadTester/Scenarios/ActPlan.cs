using LiveCommerce.Contracts.RedPackets;

namespace LiveCommerce.LoadTester.Scenarios;

/// <summary>What is done once, and proven at the end.</summary>
internal enum ActKind
{
    /// <summary>A sender funds a red packet, and people grab its shares.</summary>
    RedPacket = 0,

    /// <summary>Two rooms battle by the gifts that they are given meanwhile.</summary>
    Battle = 1,

    /// <summary>The owner sets a goal.</summary>
    Goal = 2,

    /// <summary>People give a large gift by card.</summary>
    CardGift = 3,

    /// <summary>People write something, and are banned for it.</summary>
    Ban = 4,
}

/// <summary>Something that is done once in a room of the load tester's own.</summary>
internal sealed record ActPlan
{
    public required ActKind Kind { get; init; }

    /// <summary>The name of its plan; one room.</summary>
    public required string Room { get; init; }

    /// <summary>Second at which it begins.</summary>
    public double At { get; init; }

    /// <summary>People with accounts who take part: who grab, who give, who are banned.</summary>
    public int People { get; init; }

    /// <summary>Coins of a red packet, or of a goal.</summary>
    public long Coins { get; init; }

    /// <summary>Shares of a red packet.</summary>
    public int Shares { get; init; }

    public RedPacketKind Share { get; init; }

    /// <summary>The other room of a battle.</summary>
    public string? Against { get; init; }

    /// <summary>Length of a battle.</summary>
    public int Seconds { get; init; }

    /// <summary>Seconds after which the challenger gives a battle up; null: it goes on to its end.</summary>
    public double? GiveUpAfter { get; init; }

    /// <summary>Which gift is given by card.</summary>
    public string? Gift { get; init; }

    /// <summary>Accounts that it needs.</summary>
    public int Accounts => Kind switch
    {
        ActKind.RedPacket => People + 1,
        ActKind.CardGift or ActKind.Ban => People,
        _ => 0,
    };
}
