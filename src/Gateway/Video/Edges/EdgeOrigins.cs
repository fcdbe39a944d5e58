using LiveCommerce.Actors;
using LiveCommerce.Contracts.Video;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Where gateways say what they have, and ask who has what.</summary>
internal interface IOriginDesk
{
    /// <summary>This address has it. Nobody answers.</summary>
    ValueTask AnnounceAsync(string id, string address);

    /// <summary>Who has it; null: nobody.</summary>
    ValueTask<string?> FindAsync(string id);
}

/// <summary>The grains; found when they are first needed, so that video works where no silo is.</summary>
internal sealed class GrainOriginDesk(IServiceProvider services) : IOriginDesk
{
    private IGrainFactory Grains => services.GetRequiredService<IGrainFactory>();

    public ValueTask AnnounceAsync(string id, string address) => Grains.GetGrain<IOriginGrain>(id).Announce(address);

    public ValueTask<string?> FindAsync(string id) => Grains.GetGrain<IOriginGrain>(id).Find();
}

/// <summary>Where something is, as it was answered last.</summary>
/// <param name="Address">Null: nowhere.</param>
internal sealed record EdgeOrigin(Uri? Address, TimeSpan HoldFor) : IEdgeHeld
{
    /// <inheritdoc/>
    public long Bytes => 0;
}

/// <summary>Which gateway has a broadcast, or a place of recordings: asked once, remembered, and corrected by <see cref="Forget"/>.</summary>
internal sealed partial class EdgeOrigins
{
    /// <summary>Answers that are remembered.</summary>
    private const int RememberedMax = 10_000;

    /// <summary>Questions at once.</summary>
    private const int AskedMax = 64;

    // Whoever asks for what is nowhere makes few questions, and sees soon when it is somewhere.
    private static readonly TimeSpan NowhereHold = TimeSpan.FromSeconds(1);

    private readonly EdgeCache<EdgeOrigin> _known;
    private readonly IOriginDesk _desk;
    private readonly EdgeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Uri? _here;

    public EdgeOrigins(IOriginDesk desk, IOptions<VideoOptions> options, TimeProvider time, ILogger<EdgeOrigins> logger)
    {
        (_desk, _options, _time, _logger) = (desk, options.Value.Edge, time, logger);
        var entry = EdgeCache<EdgeOrigin>.EntryBytes;
        _known = new EdgeCache<EdgeOrigin>(new EdgeLimits(RememberedMax * entry, entry, AskedMax, 1, _options.WaitingMax), time);
        _here = _options.OriginUrl.Length > 0 ? new Uri(_options.OriginUrl) : null;
    }

    /// <summary>Where it is; an address of null: nowhere else. Null: nobody could say.</summary>
    public async ValueTask<EdgeOrigin?> FindAsync(string id, CancellationToken cancellationToken)
    {
        try { return (await _known.GetAsync(id, "", _ => AskAsync(id), cancellationToken)).Thing; }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { throw; }
        catch (Exception failure)
        {
            Log.NotFound(_logger, failure, id);
            return null;
        }
    }

    /// <summary>It was not there: the next question is asked anew.</summary>
    /// <returns>Whether that was what is remembered.</returns>
    public bool Forget(string id, EdgeOrigin origin) => _known.Forget(id, "", origin);

    /// <summary>Lets go of what is not believed any more.</summary>
    public void Sweep() => _known.Sweep();

    private async Task<EdgeOrigin> AskAsync(string id)
    {
        var found = await _desk.FindAsync(id).AsTask().WaitAsync(TimeSpan.FromSeconds(_options.AnswerSeconds), _time);

        // What is said to be here, and is not, is nowhere.
        return Uri.TryCreate(found, UriKind.Absolute, out var address) && address != _here
            ? new EdgeOrigin(address, TimeSpan.FromSeconds(_options.OriginSeconds))
            : new EdgeOrigin(null, NowhereHold);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3901, Level = LogLevel.Warning, Message = "Nobody says which gateway has {Id}")]
        public static partial void NotFound(ILogger logger, Exception failure, string id);
    }
}
