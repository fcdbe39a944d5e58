using LiveCommerce.Contracts.Gifts;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>What everyone in a run shares.</summary>
internal sealed class Load(LoadPlan plan, Dialer dialer, RunClock clock)
{
    private string? _streamId;

    public LoadPlan Plan { get; } = plan;

    public Dialer Dialer { get; } = dialer;

    public RunClock Clock { get; } = clock;

    public LoadMeter Meter { get; } = new();

    public SendKeys Keys { get; } = new(clock.Time);

    public SendBook Chats { get; } = new(plan.Chats);

    public SendBook Gifts { get; } = new(plan.Gifts);

    /// <summary>The room.</summary>
    public required string RoomId { get; init; }

    /// <summary>The gift that is sent; null when none is.</summary>
    public GiftItem? Gift { get; init; }

    /// <summary>What is shown in the room, as the last snapshot said; null: nothing.</summary>
    public string? StreamId
    {
        get => Volatile.Read(ref _streamId);
        set => Volatile.Write(ref _streamId, value);
    }
}
