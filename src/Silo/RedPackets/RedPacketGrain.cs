using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>
/// One red packet. Decides in memory, stores what it decided, then posts: whatever is cut off between is repeated with the same key by the
/// next call, the next tick, or the due time that was set before anything else.
/// </summary>
[Reentrant]
internal sealed partial class RedPacketGrain(
    [PersistentState("packet")] IPersistentState<RedPacketRecord> record,
    DueTimes dueTimes,
    IOptions<RedPacketOptions> options,
    ILogger<RedPacketGrain> logger) : Grain, IRedPacketGrain
{
    /// <summary>How often the packet looks at the clock, and the room is told of shares at most.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    /// <summary>When a funding that was cut off is looked after.</summary>
    public static readonly TimeSpan FundAgain = TimeSpan.FromSeconds(15);

    /// <summary>A packet that could not be funded within this time does not open any more: its sender has gone on.</summary>
    public static readonly TimeSpan FundWithin = TimeSpan.FromMinutes(1);

    /// <summary>How long the packet rests after a failure.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private const long BusyRetryMs = 200;

    // What decides or posts for the packet as a whole takes turns; grabs interleave.
    private readonly PaymentTurn _turn = new();
    private IGrainTimer? _timer;
    private DateTimeOffset _restUntil;
    private bool _offered;
    private int _told;

    private RedPacketRecord State => record.State;

    private string Id => GetPrimaryKeyString();

    private Guid IdKey => Guid.ParseExact(Id, "N");

    private string Reference => $"packet:{Id}";

    private LedgerAccount Account => LedgerAccount.Packet(Id);

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private IRoomGrain Room => GrainFactory.GetGrain<IRoomGrain>(State.RoomId);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (record.RecordExists && State.Stage is RedPacketStage.Funding or RedPacketStage.Open or RedPacketStage.Ending) { StartTicking(); }
        return Task.CompletedTask;
    }

    public async ValueTask<Result<RedPacketView>> Fund(Caller sender, FundRedPacket request)
    {
        using var turn = await _turn.EnterAsync();
        var fingerprint = PaymentIds.Fingerprint(
            sender.Id, request.RoomId, request.Coins, request.Shares, request.Kind, request.Greeting, request.DelaySeconds);
        if (!record.RecordExists)
        {
            if (await OpenAsync(sender, request, fingerprint) is { } refusal)
            {
                DeactivateOnIdle();
                return refusal;
            }
        }
        else if (State.Fingerprint != fingerprint)
        {
            return new Refusal(RefusalCode.KeyReused, "This key was used for another red packet. Start again with a new one.");
        }

        if (State.Stage == RedPacketStage.Funding && await TryFundAsync() is { } notYet) { return notYet; }
        return State.Refusal is { } refused ? refused : View();
    }

    public ValueTask<Result<RedPacketView>> Get()
    {
        if (record.RecordExists && State.Stage != RedPacketStage.Refused) { return ValueTask.FromResult<Result<RedPacketView>>(View()); }
        if (!record.RecordExists) { DeactivateOnIdle(); }
        return ValueTask.FromResult<Result<RedPacketView>>(RedPacketRules.NotFound);
    }

    public async ValueTask OnDue() => await AdvanceAsync();

    /// <summary>Refuses, or makes the packet durable with everything that luck decides. Nothing has moved yet.</summary>
    private async Task<Refusal?> OpenAsync(Caller sender, FundRedPacket request, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badKey) { return badKey; }
        if (RedPacketRules.Check(request, options.Value, out var greeting) is { } notAllowed) { return notAllowed; }

        var room = GrainFactory.GetGrain<IRoomGrain>(request.RoomId);
        var asked = room.Get();
        var standing = await room.GetStanding(sender.Id, sender.Moderates);
        var view = await asked;
        if (!view.Ok) { return view.Refusal; }
        if (RedPacketRules.Check(view.Value, standing) is { } notHere) { return notHere; }
        if (await TakePlacesAsync(sender.Id, request) is { } noPlace) { return noPlace; }

        await dueTimes.SetAsync(IRedPacketGrain.DueType, Id, now + FundAgain);
        record.State = new RedPacketRecord
        {
            Stage = RedPacketStage.Funding,
            Sender = sender.Person,
            RoomId = request.RoomId,
            Fingerprint = fingerprint,
            Kind = request.Kind,
            Coins = request.Coins,
            Greeting = greeting,
            DelaySeconds = request.DelaySeconds,
            Shares = ShareDraw.Draw(request.Kind, request.Coins, request.Shares, ShareDraw.Secretly),
            FundKey = Guid.CreateVersion7(now),
            CreatedAt = now,
            OpensAt = now,
            EndsAt = now,
        };
        await StoreAsync();
        StartTicking();
        return null;
    }

    private async Task<Refusal?> TakePlacesAsync(string senderId, FundRedPacket request)
    {
        var allowance = GrainFactory.GetGrain<IPacketAllowanceGrain>(senderId);
        var limits = GrainFactory.GetGrain<IGivingLimitsGrain>(senderId);
        if ((await allowance.TakeSending(Id)).Refusal is { } tooMany) { return tooMany; }

        var left = await limits.TakePacket(IdKey, request.Coins);
        Result<Done> place = left.Ok ? await GrainFactory.GetGrain<IRoomPacketsGrain>(request.RoomId).Take(Id) : left.Refusal;
        if (place.Ok) { return null; }

        if (left.Ok) { await limits.GiveBack(IdKey); }
        await allowance.LeaveSending(Id, funded: false);
        return place.Refusal;
    }

    /// <summary>Takes the coins, and opens the packet or notes why not. Null: the ledger has decided.</summary>
    private async Task<Refusal?> TryFundAsync()
    {
        var answer = await Ledger.Post(new LedgerEntry(
            State.FundKey, PaymentIds.Fingerprint("packet", Id, State.Sender.Id, State.Coins), LedgerEntryKind.PacketFunded,
            LedgerAccount.Coins(State.Sender.Id), [new LedgerLeg(Account, State.Coins)], Rate: 0, Reference: Reference));
        var now = Time.GetUtcNow();
        switch (answer.Outcome)
        {
            case LedgerOutcome.Moved:
                // Found by the due time after a crash, nobody waits for it any more: it ends as it opens, and everything goes back.
                var opensAt = now - State.CreatedAt > FundWithin ? now : now + TimeSpan.FromSeconds(State.DelaySeconds);
                var endsAt = now - State.CreatedAt > FundWithin ? now : opensAt + TimeSpan.FromSeconds(options.Value.OpenSeconds);
                record.State = State with { Stage = RedPacketStage.Open, OpensAt = opensAt, EndsAt = endsAt };
                await StoreAsync();
                await dueTimes.SetAsync(IRedPacketGrain.DueType, Id, endsAt);
                Log.Opened(logger, Id, State.RoomId, State.Coins, State.Shares.Length);
                await TryOfferAsync();
                return null;

            case LedgerOutcome.Busy:
                return Busy();

            default:
                record.State = State with { Stage = RedPacketStage.Refused, Refusal = Explain(answer) };
                await StoreAsync();
                await TidyAsync();
                return null;
        }
    }

    private static Refusal Busy() => new(RefusalCode.Busy, "Very much happens at this moment. Try again with the same key.") { RetryAfterMs = BusyRetryMs };

    private static Refusal Explain(LedgerAnswer answer) => answer.Outcome switch
    {
        LedgerOutcome.Insufficient => new Refusal(
            RefusalCode.InsufficientCoins,
            $"You have {answer.Balance} coins and this red packet costs {answer.Amount}. Top up {answer.Amount - answer.Balance}, or send a smaller one.")
        {
            Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["balance"] = answer.Balance, ["price"] = answer.Amount },
        },
        LedgerOutcome.Frozen => new Refusal(RefusalCode.AccountFrozen, "Your coins are frozen while a payment is looked into. Write to the operator."),
        LedgerOutcome.KeyOutOfTime => new Refusal(RefusalCode.KeyOutOfTime, "This red packet waited too long and was not sent. Send a new one."),
        _ => new Refusal(RefusalCode.Malformed, "The ledger can't read this red packet. Reload the page and send a new one."),
    };

    /// <summary>What is public of it: a share that is not in its wallet yet is nobody's.</summary>
    private RedPacketView View()
    {
        var grabs = State.Taken.Where(taken => taken.Posted).Select(taken => new RedPacketShare(taken.Person, taken.Coins)).ToList();
        return new RedPacketView(
            new RedPacketCard(
                Id, State.Sender, State.Kind, State.Coins, State.Shares.Length, State.Greeting, State.OpensAt, State.EndsAt,
                State.Shares.Length - grabs.Count, State.Coins - grabs.Sum(grab => grab.Coins)),
            State.RoomId,
            State.Stage switch
            {
                RedPacketStage.Funding => RedPacketPhase.Funding,
                RedPacketStage.Over or RedPacketStage.Refused => RedPacketPhase.Over,
                _ => RedPacketPhase.Open,
            },
            grabs,
            State.Returned);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5401, Level = LogLevel.Information, Message = "Red packet {PacketId} is open in room {RoomId}: {Coins} coins in {Shares} shares")]
        public static partial void Opened(ILogger logger, string packetId, string roomId, long coins, int shares);

        [LoggerMessage(EventId = 5402, Level = LogLevel.Information, Message = "Red packet {PacketId} is over: {Grabs} shares were taken, {Returned} coins went back")]
        public static partial void Over(ILogger logger, string packetId, int grabs, long returned);

        [LoggerMessage(EventId = 5403, Level = LogLevel.Warning, Message = "Red packet {PacketId} could not go on; it tries again")]
        public static partial void Failed(ILogger logger, Exception problem, string packetId);

        [LoggerMessage(EventId = 5404, Level = LogLevel.Warning, Message = "Room {RoomId} could not be told of red packet {PacketId}")]
        public static partial void RoomNotTold(ILogger logger, Exception problem, string roomId, string packetId);

        [LoggerMessage(EventId = 5405, Level = LogLevel.Error, Message = "The ledger answered {Outcome} for red packet {PacketId}")]
        public static partial void Unposted(ILogger logger, LedgerOutcome outcome, string packetId);
    }
}
