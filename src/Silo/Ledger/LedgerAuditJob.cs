using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Audits the ledger while the server runs: the newest commits often, the whole once a day. A defect is logged as an error and stays
/// visible as degraded health until the server is restarted: somebody must have looked.
/// </summary>
internal sealed partial class LedgerAuditJob(LedgerAudit audit, IOptions<LedgerOptions> options, TimeProvider time, ILogger<LedgerAuditJob> logger)
    : BackgroundService, IHealthCheck
{
    /// <summary>Defects that are logged of one audit.</summary>
    private const int LoggedMax = 20;

    private const string Begun = "whole_begun";
    private const string Done = "whole";

    /// <summary>After one that did not come to its end, such as of a process that was killed in it.</summary>
    private static readonly TimeSpan BeginAgainAfter = TimeSpan.FromHours(1);

    private readonly Dictionary<int, long> _watermarks = [];
    private LedgerDefect? _firstDefect;
    private int _defects;

    /// <summary>Checks the commits since the last look, a bounded number of each shard.</summary>
    /// <returns>Whether more wait.</returns>
    internal async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var isMore = false;
        foreach (var shard in await audit.GetShardsAsync(cancellationToken))
        {
            var after = _watermarks.GetValueOrDefault(shard, -1);
            var (until, defects) = await audit.AuditRecentAsync(shard, after, options.Value.AuditBatchesMax, cancellationToken);
            _watermarks[shard] = until;
            isMore |= after >= 0 && until - after >= options.Value.AuditBatchesMax;
            Found(defects);
        }

        return isMore;
    }

    /// <summary>Audits the whole ledger if the last time is long enough ago. The times are durable: a server that is often restarted comes to it too.</summary>
    /// <returns>Whether it was audited.</returns>
    internal async Task<bool> AuditWholeIfDueAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!IsOver(await audit.WhenAsync(Done), TimeSpan.FromHours(options.Value.AuditWholeEveryHours)) || !IsOver(await audit.WhenAsync(Begun), BeginAgainAfter))
        {
            return false;
        }

        await audit.NoteAsync(Begun, now, defects: 0);
        var rules = await audit.CheckAsync(cancellationToken);
        var defects = rules.SelectMany(rule => rule.Defects).ToList();
        Found(defects);
        Log.Whole(logger, rules.Count, defects.Count);
        await audit.NoteAsync(Done, now, defects.Count);
        return true;

        // A time ahead of the clock was noted before the clock was put right.
        bool IsOver(DateTimeOffset? last, TimeSpan every) => last is not { } at || now - at >= every || at > now;
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        Volatile.Read(ref _firstDefect) is { } first
            ? HealthCheckResult.Degraded($"The ledger has {_defects} defects, the first of rule {first.Rule} at {first.Subject}. Run the verify command and see the log.")
            : HealthCheckResult.Healthy());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var every = TimeSpan.FromSeconds(options.Value.AuditEverySeconds);
        using var timer = new PeriodicTimer(every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    while (await LookAsync(stoppingToken)) { }
                    await AuditWholeIfDueAsync(stoppingToken);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    Log.NotAudited(logger, failure);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private void Found(IReadOnlyList<LedgerDefect> defects)
    {
        if (defects.Count == 0) { return; }
        foreach (var defect in defects.Take(LoggedMax)) { Log.Defect(logger, defect.Rule, defect.Subject, defect.Detail); }
        _defects += defects.Count;
        Interlocked.CompareExchange(ref _firstDefect, defects[0], null);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5210, Level = LogLevel.Error, Message = "The ledger has a defect: rule {Rule}, {Subject}: {Detail}")]
        public static partial void Defect(ILogger logger, string rule, string subject, string detail);

        [LoggerMessage(EventId = 5211, Level = LogLevel.Information, Message = "The whole ledger was audited with {Rules} rules: {Defects} defects")]
        public static partial void Whole(ILogger logger, int rules, int defects);

        [LoggerMessage(EventId = 5212, Level = LogLevel.Warning, Message = "The ledger could not be audited; the next look tries again")]
        public static partial void NotAudited(ILogger logger, Exception failure);
    }
}
