using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Gateway.Rooms;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>The accounts that are banned from the whole platform, as far as this gateway has been told.</summary>
internal sealed class PlatformBanList(TimeProvider time)
{
    // The value is when this gateway learnt of it.
    private readonly ConcurrentDictionary<string, long> _banned = new(StringComparer.Ordinal);

    public bool Contains(string accountId) => _banned.ContainsKey(accountId);

    /// <summary>Adds one.</summary>
    /// <returns>False when it was known.</returns>
    public bool Add(string accountId) => _banned.TryAdd(accountId, time.GetTimestamp());

    public void Remove(string accountId) => _banned.TryRemove(accountId, out _);

    /// <summary>Drops what was known before <paramref name="asked"/> and does not stand any more: an unban may have been missed.</summary>
    public void KeepOnly(IReadOnlyCollection<string> standing, long asked)
    {
        var stands = standing.ToHashSet(StringComparer.Ordinal);
        foreach (var (accountId, since) in _banned)
        {
            if (since < asked && !stands.Contains(accountId)) { Remove(accountId); }
        }
    }
}

/// <summary>Keeps <see cref="PlatformBanList"/> current and closes the connections of an account the moment it is banned.</summary>
internal sealed partial class PlatformBanFollower(
    IGrainFactory grains, PlatformBanList bans, ViewerConnections connections, GatewayIdentity gateway, TimeProvider time,
    ILogger<PlatformBanFollower> logger) : BackgroundService, IPlatformObserver
{
    /// <summary>How often the subscription is renewed.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(5);

    /// <summary>How soon after a failure.</summary>
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(1);

    public ValueTask OnBanned(string accountId)
    {
        if (bans.Add(accountId)) { connections.CloseAccount(accountId, Sessions.Banned); }
        return ValueTask.CompletedTask;
    }

    public ValueTask OnUnbanned(string accountId)
    {
        bans.Remove(accountId);
        return ValueTask.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var observer = grains.CreateObjectReference<IPlatformObserver>(this);
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = Renewal;
            try
            {
                var asked = time.GetTimestamp();
                var standing = await grains.GetGrain<IPlatformGrain>(IPlatformGrain.Key).Subscribe(gateway.Id, observer);
                foreach (var accountId in standing) { await OnBanned(accountId); }
                bans.KeepOnly(standing, asked);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.NotFollowing(logger, exception);
                wait = RetryAfterFailure;
            }

            await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2510, Level = LogLevel.Warning, Message = "The platform's bans can't be followed at the moment")]
        public static partial void NotFollowing(ILogger logger, Exception exception);
    }
}
