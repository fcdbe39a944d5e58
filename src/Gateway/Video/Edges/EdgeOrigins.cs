using LiveCommerce.Actors;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts.Video;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Where gateways say what they have, and ask who has what.</summary>
internal interface IOriginDesk
{
    /// <summary>This address has it. Nobody answers.</summary>
    /// <param name="roomId">Whose broadcast it is; null: a place of recordings.</param>
    ValueTask AnnounceAsync(string id, string address, string? roomId);

    /// <summary>Who has it; null: nobody.</summary>
    ValueTask<Origin?> FindAsync(string id);
}

/// <summary>The grains; found when they are first needed, so that video works where no silo is.</summary>
internal sealed class GrainOriginDesk(IServiceProvider services) : IOriginDesk
{
    private IGrainFactory Grains => services.GetRequiredService<IGrainFactory>();

    public ValueTask AnnounceAsync(string id, string address, string? roomId) => Grains.GetGrain<IOriginGrain>(id).Announce(address, roomId);

    public async ValueTask<Origin?> FindAsync(string id)
    {
        try { return await Grains.GetGrain<IOriginGrain>(id).FindOrigin(); }
        catch (UnknownGrainMethodException)
        {
            // A silo of the version before, which knows no private rooms and so not whose a broadcast is.
            return await Grains.GetGrain<IOriginGrain>(id).Find() is { } address ? new Origin(address, null) : null;
        }
    }
}

/// <summary>Where something is, as it was answered last.</summary>
/// <param name="Address">Null: nowhere.</param>
internal sealed record EdgeOrigin(Uri? Address, TimeSpan HoldFor) : IEdgeHeld
{
    /// <summary>Whose broadcast it is; null: a place of recordings, or not known.</summary>
    public string? RoomId { get; init; }

    /// <summary>It was somewhere a moment ago, where nobody answers; where it is now, nobody says.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>It is asked for again within a second anyway.</summary>
    public bool IsBrief => HoldFor <= EdgeOrigins.BriefHold;

    /// <inheritdoc/>
    public long Bytes => 0;
}

/// <summary>
/// Which gateway has a broadcast, or a place of recordings: asked once, remembered, and corrected by <see cref="Forget"/>. Where it was last is
/// believed until that gateway says otherwise or is silent itself: whoever is asked knows nothing for a moment after a silo's death.
/// </summary>
internal sealed partial class EdgeOrigins
{
    /// <summary>Answers that are remembered.</summary>
    private const int RememberedMax = 10_000;

    /// <summary>Questions at once.</summary>
    private const int AskedMax = 64;

    // Whoever asks for what is nowhere makes few questions, and sees soon when it is somewhere.
    internal static readonly TimeSpan BriefHold = TimeSpan.FromSeconds(1);

    // A guess that is wrong is corrected by the gateway that is asked.
    private static readonly TimeSpan GuessHold = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastHold = TimeSpan.FromHours(1);

    // With an address to fall back on nobody waits long for a better one.
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(1);

    private readonly EdgeCache<EdgeOrigin> _known;
    private readonly EdgeCache<EdgeOrigin> _last;
    private readonly IOriginDesk _desk;
    private readonly EdgeReach _reach;
    private readonly EdgeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Uri? _here;

    public EdgeOrigins(IOriginDesk desk, EdgeReach reach, IOptions<VideoOptions> options, TimeProvider time, ILogger<EdgeOrigins> logger)
    {
        (_desk, _reach, _options, _time, _logger) = (desk, reach, options.Value.Edge, time, logger);
        var entry = EdgeCache<EdgeOrigin>.EntryBytes;
        var limits = new EdgeLimits(RememberedMax * entry, entry, AskedMax, 1, _options.WaitingMax);
        (_known, _last) = (new EdgeCache<EdgeOrigin>(limits, time), new EdgeCache<EdgeOrigin>(limits, time));
        _here = _options.OriginUrl.Length > 0 ? new Uri(_options.OriginUrl) : null;
    }

    /// <summary>Where it is; an address of null: nowhere else. Null: nobody could say.</summary>
    public async ValueTask<EdgeOrigin?> FindAsync(string id, CancellationToken cancellationToken)
    {
        try { return (await _known.GetAsync(id, "", _ => AskAsync(id), cancellationToken)).Thing is { IsUnknown: false } origin ? origin : null; }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { throw; }
        catch (Exception failure)
        {
            Log.NotFound(_logger, failure, id);
            return null;
        }
    }

    /// <summary>It was not there: the next question is asked anew.</summary>
    /// <param name="isGone">The gateway itself says so; else it did not answer.</param>
    /// <returns>Whether that was what is remembered.</returns>
    public bool Forget(string id, EdgeOrigin origin, bool isGone)
    {
        if (origin.Address is { } address && _last.Find(id, "") is { } last && last.Address == address)
        {
            if (isGone) { _last.Forget(id, "", last); }
            else { _last.Put(id, "", new EdgeOrigin(null, OriginLimits.Life) { IsUnknown = true }); }
        }

        return _known.Forget(id, "", origin);
    }

    /// <summary>It was said where it is, and not whose: that is asked again within a second.</summary>
    public void AskSoon(string id, EdgeOrigin origin)
    {
        if (!origin.IsBrief) { _known.Put(id, "", origin with { HoldFor = BriefHold }); }
    }

    /// <summary>Lets go of what is not believed any more.</summary>
    public void Sweep()
    {
        _known.Sweep();
        _last.Sweep();
    }

    private async Task<EdgeOrigin> AskAsync(string id)
    {
        var last = _last.Find(id, "");
        var patience = TimeSpan.FromSeconds(_options.AnswerSeconds);
        if (last is not null && patience > ShortPatience) { patience = ShortPatience; }
        Origin? found = null;
        try { found = await _desk.FindAsync(id).AsTask().WaitAsync(patience, _time); }
        catch (Exception failure) when (last is not null) { Log.NotFound(_logger, failure, id); }

        if (Uri.TryCreate(found?.Address, UriKind.Absolute, out var address))
        {
            // What is said to be here, and is not, is nowhere.
            if (address == _here) { return new EdgeOrigin(null, BriefHold); }

            // Whose it is never changes.
            var roomId = found!.RoomId ?? last?.RoomId;
            _last.Put(id, "", new EdgeOrigin(address, LastHold) { RoomId = roomId });
            return At(address, TimeSpan.FromSeconds(_options.OriginSeconds), roomId);
        }

        return last switch
        {
            { Address: { } before } => At(before, GuessHold, last.RoomId),
            { IsUnknown: true } => new EdgeOrigin(null, BriefHold) { IsUnknown = true },
            _ => new EdgeOrigin(null, BriefHold),
        };
    }

    private EdgeOrigin At(Uri address, TimeSpan holdFor, string? roomId) =>
        new(address, _reach.IsDown(address) && holdFor > BriefHold ? BriefHold : holdFor) { RoomId = roomId };

    private static partial class Log
    {
        [LoggerMessage(EventId = 3901, Level = LogLevel.Warning, Message = "Nobody says which gateway has {Id}")]
        public static partial void NotFound(ILogger logger, Exception failure, string id);
    }
}
