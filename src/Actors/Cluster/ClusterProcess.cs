using System.Net;
using LiveCommerce.Actors.Runtime;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Cluster;

/// <summary>Whether this process decides for grains or only calls them.</summary>
public enum ClusterRole
{
    /// <summary>Owns shards.</summary>
    Silo = 0,

    /// <summary>Only calls.</summary>
    Gateway = 1,
}

/// <summary>
/// This process in its cluster, from start to stop. A silo joins, and gives its shards away before anything else of the process stops;
/// a gateway only looks. A silo that was declared dead ends the process: its next start is another silo.
/// </summary>
internal sealed partial class ClusterProcess(
    ClusterRole role,
    IClusterStore store,
    ActivationDirectory grains,
    IHostApplicationLifetime lifetime,
    IOptions<ClusterOptions> options,
    IOptions<Links.LinkOptions> links,
    Links.LinkContracts contracts,
    TimeProvider time,
    ILogger<ClusterProcess> logger) : ICluster, IClusterHost, IHostedLifecycleService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private volatile ClusterMember? _member;
    private volatile ClusterView _view = ClusterView.Empty;
    private Task _looking = Task.CompletedTask;
    private TaskCompletionSource _soon = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;

    public long? SiloId => _member?.SiloId;

    public ClusterView View => _member?.View ?? _view;

    public bool Serves(int shard) => _member?.EpochOf(shard) is not null;

    public bool Holds(int shard) => _member?.Holds(shard) is true;

    public long? EpochOf(GrainId grain) => _member?.EpochOf(Shards.Of(grain.Key));

    public void LookSoon()
    {
        if (role == ClusterRole.Silo) { _member?.LookSoon(); } else { Volatile.Read(ref _soon).TrySetResult(); }
    }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        if (role == ClusterRole.Gateway)
        {
            _view = await store.ReadAsync(cancellationToken);
            _looking = LookAsync();
            return;
        }

        if (!Uri.TryCreate(settings.LinkUrl, UriKind.Absolute, out var link) || link.Scheme is not ("http" or "https") || link.Host.Length == 0
            || (IPAddress.TryParse(link.DnsSafeHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))))
        {
            throw new ClusterMismatchException(
                $"A silo needs Cluster:LinkUrl, where the other processes reach it, such as http://10.0.0.5:5080; \"{settings.LinkUrl}\" is no such address.");
        }

        if (links.Value.PeerCertificate && link.Scheme != Uri.UriSchemeHttps)
        {
            throw new ClusterMismatchException(
                $"Links:PeerCertificate asks the other processes for certificates, and nobody can show one at {settings.LinkUrl}: "
                + "let Cluster:LinkUrl (or --urls) begin with https, and give Links:Certificate and Links:CertificateKey.");
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Once this process listens: whoever owns a shard is asked for it at once.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (role == ClusterRole.Gateway) { return; }

        var settings = options.Value;
        var name = settings.NodeName.Length > 0 ? settings.NodeName : Environment.MachineName;
        var entry = new SiloEntry(name, settings.LinkUrl, SiloVersion.Of(contracts.Version));
        _member = await ClusterMember.JoinAsync(store, entry, this, settings.Rules, time, logger, cancellationToken);
    }

    /// <summary>Before anything else stops: the links still work, so what is asked meanwhile is answered.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_member is not { } member) { return; }
        try
        {
            await member.DrainAsync().WaitAsync(options.Value.DrainWithin, time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Log.DrainLate(logger, options.Value.DrainWithin);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask ReleaseAsync(IReadOnlyCollection<int> shards, CancellationToken cancellationToken)
    {
        var leaving = shards.ToHashSet();

        // The next write of a turn that is left behind is refused by the shard's new epoch; one that writes nothing more still answers its caller.
        return grains.ReleaseAsync(
            grain => leaving.Contains(Shards.Of(grain.Key)), options.Value.ReleaseWithin, behind => Log.DoNotLeave(logger, string.Join(", ", behind)), cancellationToken);
    }

    public void Left(bool inOrder)
    {
        if (!inOrder) { lifetime.StopApplication(); }
    }

    public async ValueTask DisposeAsync()
    {
        // A container disposes a service once for each of its registrations.
        if (Interlocked.Exchange(ref _disposed, 1) != 0) { return; }
        await _stop.CancelAsync();
        await _looking;
        if (_member is { } member) { await member.DisposeAsync(); }
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        var period = options.Value.BeatPeriod;
        var answered = true;
        try
        {
            while (true)
            {
                // As often as a silo beats; sooner when calls wait, but no more than five times as often, and not while the database is away.
                await Task.Delay(answered ? period / 5 : period, time, _stop.Token);
                if (answered)
                {
                    try { await _soon.Task.WaitAsync(period * 0.8, time, _stop.Token); }
                    catch (TimeoutException)
                    {
                        // Nobody asks for more.
                    }
                }

                if (_soon.Task.IsCompleted) { Volatile.Write(ref _soon, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)); }
                try
                {
                    _view = await store.ReadAsync(_stop.Token);
                    answered = true;
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    answered = false;
                    Log.NoLook(logger, failure.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1241, Level = LogLevel.Warning, Message = "The shards were not given away within {DrainWithin}; the others take them when this silo is silent")]
        public static partial void DrainLate(ILogger logger, TimeSpan drainWithin);

        [LoggerMessage(EventId = 1243, Level = LogLevel.Warning, Message = "Shards are given away although turns of theirs have not ended: {Grains}")]
        public static partial void DoNotLeave(ILogger logger, string grains);

        [LoggerMessage(EventId = 1242, Level = LogLevel.Warning, Message = "The shards could not be read ({Reason}); what was known goes on")]
        public static partial void NoLook(ILogger logger, string reason);
    }
}
