using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.LoadTester;

/// <summary>What to do. Everything in it is bounded by <see cref="Problem"/> before anything starts.</summary>
internal sealed record LoadPlan
{
    public const int ViewersMax = 20_000;
    public const double JoinsPerSecondMax = 5_000;
    public const int SecondsMax = 3_600;
    public const double ChatPerSecondMax = 1_000;
    public const double GiftsPerSecondMax = 500;
    public const int SendsMax = 500_000;
    public const int ThresholdsMax = 32;

    /// <summary>Memory for which viewer has seen which gift.</summary>
    public const long SeenBytesMax = 512L * 1024 * 1024;

    // A room lets one account write once a second, a connection call 20 times a second; both with a margin.
    private const double ChatPerSender = 0.8;
    private const double GiftsPerSender = 10;

    /// <summary>The product.</summary>
    public required Uri Server { get; init; }

    /// <summary>Null: the first live room, or one of our own.</summary>
    public string? RoomId { get; init; }

    /// <summary>Guests that join, watch and listen.</summary>
    public int Viewers { get; init; } = 100;

    /// <summary>Joins a second.</summary>
    public double JoinsPerSecond { get; init; } = 50;

    /// <summary>Of the load, after everybody has joined.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Messages a second, over all senders.</summary>
    public double ChatPerSecond { get; init; } = 2;

    /// <summary>Gifts a second, over all senders.</summary>
    public double GiftsPerSecond { get; init; }

    /// <summary>Whether to publish a test pattern, in a room of the owner.</summary>
    public bool Publish { get; init; }

    /// <summary>An existing account that publishes; null makes one.</summary>
    public string? OwnerName { get; init; }

    /// <summary>Its password.</summary>
    public string? OwnerPassword { get; init; }

    public IReadOnlyList<Threshold> Thresholds { get; init; } = [];

    /// <summary>Where the results go as JSON; null: nowhere.</summary>
    public string? ResultFile { get; init; }

    /// <summary>Messages in all.</summary>
    public int Chats => (int)(ChatPerSecond * Duration.TotalSeconds);

    /// <summary>Gifts in all.</summary>
    public int Gifts => (int)(GiftsPerSecond * Duration.TotalSeconds);

    /// <summary>Accounts that write and give, so that none is faster than the server allows.</summary>
    public int Senders => (int)Math.Max(Math.Ceiling(ChatPerSecond / ChatPerSender), Math.Ceiling(GiftsPerSecond / GiftsPerSender));

    /// <summary>Hides the password.</summary>
    public override string ToString() => $"{Viewers} viewers at {Server}";

    /// <summary>Why this can't be done, in a sentence; null when it can.</summary>
    public string? Problem()
    {
        if (Server.Scheme != Uri.UriSchemeHttp && Server.Scheme != Uri.UriSchemeHttps) { return "--url must begin with http:// or https://."; }
        if (Viewers is < 1 or > ViewersMax) { return $"--viewers must be 1 to {ViewersMax}."; }
        if (!(JoinsPerSecond is > 0 and <= JoinsPerSecondMax)) { return $"--rate must be more than 0 and at most {JoinsPerSecondMax} joins a second."; }
        if (Duration < TimeSpan.FromSeconds(1) || Duration > TimeSpan.FromSeconds(SecondsMax)) { return $"--duration must be 1 to {SecondsMax} seconds."; }
        if (!(ChatPerSecond is >= 0 and <= ChatPerSecondMax)) { return $"--chat must be 0 to {ChatPerSecondMax} messages a second."; }
        if (!(GiftsPerSecond is >= 0 and <= GiftsPerSecondMax)) { return $"--gifts must be 0 to {GiftsPerSecondMax} gifts a second."; }
        if (Chats > SendsMax || Gifts > SendsMax) { return $"That is more than {SendsMax} messages or gifts. Choose a lower rate or a shorter --duration."; }
        if (SeenSet.BytesFor(Gifts) * (Viewers + Senders) > SeenBytesMax) { return "So many viewers and gifts can't be checked in memory. Choose fewer gifts or viewers."; }
        if (Thresholds.Count > ThresholdsMax) { return $"At most {ThresholdsMax} --check."; }
        if ((OwnerName is null) != (OwnerPassword is null)) { return "--owner needs the account's password, and --password its name."; }
        return Publish && RoomId is not null && OwnerName is null
            ? "--publish into --room needs the room owner's account: --owner and --password. Without --room, a room of its own is made."
            : null;
    }
}
