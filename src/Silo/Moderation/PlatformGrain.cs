using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Moderation;

/// <summary>Who is banned from all of it. The ban and its line in the audit log are one commit; only then anybody is told.</summary>
internal sealed partial class PlatformGrain(PlatformBanStore store, AuditLog audit, ILogger<PlatformGrain> logger) : Grain, IPlatformGrain
{
    /// <summary>Bans of one answer.</summary>
    public const int ListMax = 1_000;

    /// <summary>Standing bans.</summary>
    public const int BansMax = 100_000;

    /// <summary>Gateways that may listen.</summary>
    public const int GatewaysMax = 1_024;

    /// <summary>Characters of a reason.</summary>
    public const int ReasonLengthMax = 200;

    /// <summary>How long a gateway listens without renewing.</summary>
    public static readonly TimeSpan SubscriptionLife = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, PlatformBan> _bans = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (IPlatformObserver Observer, long RenewedAt)> _gateways = new(StringComparer.Ordinal);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var ban in await store.LoadAsync(cancellationToken)) { _bans[ban.Target.Id] = ban; }
    }

    public async ValueTask<Result<Done>> Ban(Caller caller, Person target, PlatformRole targetRole, string? reason)
    {
        if (Refuse(caller, reason) is { } refusal) { return refusal; }
        if (targetRole is PlatformRole.Moderator or PlatformRole.Operator || target.Id == caller.Id)
        {
            return new Refusal(RefusalCode.TargetProtected, "Moderators of the platform are protected. The operator has to take the office away first.");
        }

        if (!_bans.ContainsKey(target.Id))
        {
            if (_bans.Count >= BansMax)
            {
                return new Refusal(RefusalCode.LimitReached, $"{BansMax} accounts are banned. Lift old bans, or let the operator delete the accounts.");
            }

            var ban = new PlatformBan(target, caller.Person, reason, Time.GetUtcNow());
            await store.AddAsync(ban);
            _bans[target.Id] = ban;
            Log.Banned(logger, target.Id, caller.Id);
        }

        // Told on a repeated ban as well: the first try may have died between the commit and here.
        Tell(observer => observer.OnBanned(target.Id));
        await StopStreamsAsync(caller, target);
        return Done.Value;
    }

    public async ValueTask<Result<Done>> Unban(Caller caller, string accountId, string? reason)
    {
        if (Refuse(caller, reason) is { } refusal) { return refusal; }

        if (_bans.TryGetValue(accountId, out var ban))
        {
            await store.RemoveAsync(ban, caller.Person, reason, Time.GetUtcNow());
            _bans.Remove(accountId);
            Log.Unbanned(logger, accountId, caller.Id);
        }

        Tell(observer => observer.OnUnbanned(accountId));
        return Done.Value;
    }

    public ValueTask<Result<PlatformBans>> ListBans(Caller caller) => ValueTask.FromResult<Result<PlatformBans>>(
        Refuse(caller, null) is { } refusal
            ? refusal
            : new PlatformBans([.. _bans.Values.OrderByDescending(ban => ban.At).Take(ListMax)]));

    public ValueTask<bool> IsBanned(string accountId) => ValueTask.FromResult(_bans.ContainsKey(accountId));

    public ValueTask<IReadOnlyList<string>> Subscribe(string gatewayId, IPlatformObserver observer)
    {
        foreach (var (id, gateway) in _gateways)
        {
            if (Time.GetElapsedTime(gateway.RenewedAt) >= SubscriptionLife) { _gateways.Remove(id); }
        }

        if (_gateways.Count < GatewaysMax || _gateways.ContainsKey(gatewayId)) { _gateways[gatewayId] = (observer, Time.GetTimestamp()); }

        // Without a place it still learns all that stand each time it asks.
        return ValueTask.FromResult<IReadOnlyList<string>>([.. _bans.Keys]);
    }

    public async ValueTask<Result<AuditPage>> ReadAudit(Caller caller, int take)
    {
        if (Refuse(caller, null) is { } refusal) { return refusal; }

        return take is < 1 or > AuditLog.TakeMax
            ? new Refusal(RefusalCode.Malformed, $"Ask for 1 to {AuditLog.TakeMax} lines.")
            : await audit.ReadAllAsync(take);
    }

    private static Refusal? Refuse(Caller caller, string? reason)
    {
        if (!caller.Moderates)
        {
            return new Refusal(RefusalCode.NotModerator, "Only moderators of the platform can do this. Tell one of them.");
        }

        return reason?.Length > ReasonLengthMax
            ? new Refusal(RefusalCode.Malformed, $"A reason has at most {ReasonLengthMax} characters. Shorten it.")
            : null;
    }

    /// <summary>Ends what the account broadcasts. All of its rooms are told, not only those listed as live: the list may be a moment behind.</summary>
    private async Task StopStreamsAsync(Caller caller, Person target)
    {
        try
        {
            var rooms = await GrainFactory.GetGrain<IRoomDirectoryGrain>(IRoomDirectoryGrain.Key).ListOwned(target.Id);
            await Task.WhenAll(rooms.Select(room =>
                GrainFactory.GetGrain<IRoomGrain>(room.RoomId).Moderate(caller, new StopStream("The owner was banned from the platform.")).AsTask()));
        }
        catch (Exception problem)
        {
            Log.StreamsNotStopped(logger, problem, target.Id); // the ban stands and no stream can be opened any more; those that run end when the ban is repeated
        }
    }

    private void Tell(Func<IPlatformObserver, ValueTask> news)
    {
        foreach (var (gatewayId, gateway) in _gateways)
        {
            if (Time.GetElapsedTime(gateway.RenewedAt) < SubscriptionLife) { _ = TellAsync(gatewayId, gateway.Observer, news); }
        }
    }

    private async Task TellAsync(string gatewayId, IPlatformObserver observer, Func<IPlatformObserver, ValueTask> news)
    {
        try
        {
            await news(observer);
        }
        catch (Exception problem)
        {
            Log.GatewayNotTold(logger, problem, gatewayId); // it learns all that stand when it renews
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4301, Level = LogLevel.Information, Message = "Account {AccountId} was banned from the platform by {ModeratorId}")]
        public static partial void Banned(ILogger logger, string accountId, string moderatorId);

        [LoggerMessage(EventId = 4302, Level = LogLevel.Information, Message = "Account {AccountId} may return to the platform, by {ModeratorId}")]
        public static partial void Unbanned(ILogger logger, string accountId, string moderatorId);

        [LoggerMessage(EventId = 4303, Level = LogLevel.Warning, Message = "Not every stream of the banned account {AccountId} could be stopped; ban it again to retry")]
        public static partial void StreamsNotStopped(ILogger logger, Exception problem, string accountId);

        [LoggerMessage(EventId = 4304, Level = LogLevel.Warning, Message = "Gateway {GatewayId} could not be told of a ban")]
        public static partial void GatewayNotTold(ILogger logger, Exception problem, string gatewayId);
    }
}
