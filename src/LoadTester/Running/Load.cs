using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>One room of a run.</summary>
/// <param name="index">Among all rooms of the run.</param>
/// <param name="plan">What kind of room it is.</param>
/// <param name="view">As the server told it.</param>
internal sealed class RoomLoad(int index, RoomPlan plan, RoomView view)
{
    private string? _streamId = view.Stream.Phase is StreamPhase.Live or StreamPhase.Interrupted ? view.Stream.StreamId : null;

    public int Index => index;

    public RoomPlan Plan => plan;

    public string RoomId => view.RoomId;

    public string Title => view.Title;

    public StreamPhase Phase => view.Stream.Phase;

    /// <summary>What is sold; null: nothing.</summary>
    public ProductCard? Product { get; init; }

    /// <summary>Its stock against its orders; null without a product.</summary>
    public StockProof? Stock { get; init; }

    /// <summary>Who does things as the owner: the cookie; null for a room that is not ours.</summary>
    public string? OwnerCookie { get; init; }

    /// <summary>What is shown, as the last snapshot said; null: nothing.</summary>
    public string? StreamId
    {
        get => Volatile.Read(ref _streamId);
        set => Volatile.Write(ref _streamId, value);
    }
}

/// <summary>What everyone in a run shares.</summary>
internal sealed class Load
{
    public Load(Scenario scenario, Dialer dialer, RunClock clock, IReadOnlyList<RoomLoad> rooms)
    {
        Scenario = scenario;
        Dialer = dialer;
        Clock = clock;
        Rooms = rooms;
        Keys = new SendKeys(clock.Time);
        Chats = new SendBook(scenario.CountOf(ActionKind.Chat));
        Gifts = new SendBook(scenario.CountOf(ActionKind.Gift));
        Orders = new SendBook(scenario.CountOf(ActionKind.Buy));
        Likes = new SendBook(scenario.CountOf(ActionKind.Like));
        Series = new TimeSeries(Meter, clock);
        Feed = new FeedReader(this);
    }

    public Scenario Scenario { get; }

    public Dialer Dialer { get; }

    public RunClock Clock { get; }

    public LoadMeter Meter { get; } = new();

    public OwnCosts Costs { get; } = new();

    public TimeSeries Series { get; }

    public SendKeys Keys { get; }

    public SendBook Chats { get; }

    public SendBook Gifts { get; }

    public SendBook Orders { get; }

    public SendBook Likes { get; }

    public IReadOnlyList<RoomLoad> Rooms { get; }

    /// <summary>The gifts that can be sent; empty when none is.</summary>
    public IReadOnlyList<GiftItem> Gallery { get; init; } = [];

    /// <summary>Reads what viewers receive.</summary>
    public FeedReader Feed { get; }

    /// <summary>The book of a kind.</summary>
    public SendBook BookOf(SendKind kind) => kind switch
    {
        SendKind.Chat => Chats,
        SendKind.Gift => Gifts,
        _ => Orders,
    };

    /// <summary>The figure of a kind at each viewer.</summary>
    public LatencyHistogram FigureOf(SendKind kind) => kind switch
    {
        SendKind.Chat => Meter.Chat,
        SendKind.Gift => Meter.Gift,
        _ => Meter.Order,
    };

    /// <summary>Which protocol a viewer speaks.</summary>
    public WireProtocol ProtocolOf(int number) => Scenario.Protocol switch
    {
        ProtocolChoice.Json => WireProtocol.Json,
        ProtocolChoice.MessagePack => WireProtocol.MessagePack,
        _ => number % 2 == 0 ? WireProtocol.Json : WireProtocol.MessagePack,
    };
}
