using LiveCommerce.Contracts.Recordings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// Keeps files and rows in step, at start and again and again: what was deleted loses its files, what a crash left unfinished
/// becomes a replay of what is whole, files that are without a row for long go, rows without files at once. Makes the pictures of replays, one at a time.
/// </summary>
internal sealed partial class RecordingKeeper(
    RecordingHome home, IRecordingDesk desk, IOptions<VideoOptions> options, TimeProvider time, ILogger<RecordingKeeper> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly HashSet<string> _withoutPictures = new(StringComparer.Ordinal);
    private readonly HashSet<string> _keptOrphans = new(StringComparer.Ordinal);
    private Task _running = Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (home.Store is not { } store) { return Task.CompletedTask; }

        home.OnChange(Wake);
        _running = Task.Run(() => RunAsync(store), cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        home.OnChange(null);
        await _stopping.CancelAsync();

        // Broadcasts have ended by now: what they gave is being written, and their rooms told.
        await Task.WhenAll(home.Recorders.Select(recorder => recorder.Done)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _wake.Dispose();
    }

    /// <summary>Looks once at everything.</summary>
    public async Task TidyAsync(IRecordingStore store)
    {
        home.ForgetEnded(time);

        // First the files, then the rows: a row is made before its files, so none of these files is too new for its row.
        var folders = store.ListFolders();
        var clipFiles = store.ListFiles(ClipMaker.Folder);
        var place = desk.Place(store.PlaceId);
        var held = await place.ListHeld();
        var (removed, removedClips) = (new List<string>(), new List<string>());
        foreach (var recording in held.Recordings)
        {
            try
            {
                if (await TidyAsync(store, recording, folders)) { removed.Add(recording.RecordingId); }
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Log.NotTidied(logger, failure, recording.RecordingId);
            }
        }

        if (held.Recordings.Count < RecordingLimits.HeldMax)
        {
            var known = held.Recordings.Select(recording => recording.RecordingId).ToHashSet(StringComparer.Ordinal);
            foreach (var folder in folders.Where(folder => !known.Contains(folder)))
            {
                using var holding = home.Hold(folder);
                if (holding is null || IsKept(folder, store.LastWritten(folder))) { continue; }
                store.Delete(folder);
                Log.Orphan(logger, folder);
            }
        }

        foreach (var clip in held.Clips.Where(clip => clip.IsDeleted || (!clip.IsReady && !clipFiles.Contains(ClipMaker.FileName(clip.ClipId)) && !ClipMaker.IsMaking(clip.ClipId))))
        {
            ClipMaker.Delete(store, clip.ClipId);
            removedClips.Add(clip.ClipId);
        }

        if (held.Clips.Count < RecordingLimits.HeldMax)
        {
            var known = held.Clips.Select(clip => clip.ClipId).ToHashSet(StringComparer.Ordinal);
            foreach (var file in clipFiles.Where(file => !known.Contains(Path.GetFileNameWithoutExtension(file))))
            {
                if (IsKept(file, store.LastWritten(ClipMaker.Folder, file))) { continue; }
                store.Delete(ClipMaker.Folder, file);
                Log.Orphan(logger, file);
            }
        }

        if (removed.Count + removedClips.Count > 0) { await place.Removed(removed, removedClips); }
        foreach (var recording in held.Recordings.Where(recording => recording.State == RecordingState.Ready && !recording.HasPictures))
        {
            if (_stopping.IsCancellationRequested) { return; }
            await MakePicturesAsync(recording.RecordingId);
        }
    }

    /// <summary>
    /// Files without a row may be what is left of a deletion, or all there is of a broadcast whose row was in a newer copy of the database:
    /// somebody has some days to find out which.
    /// </summary>
    private bool IsKept(string orphan, DateTimeOffset lastWritten)
    {
        var days = options.Value.Recordings.OrphanKeepDays;
        if (time.GetUtcNow() - lastWritten >= TimeSpan.FromDays(days))
        {
            _keptOrphans.Remove(orphan);
            return false;
        }

        if (_keptOrphans.Add(orphan)) { Log.KeptOrphan(logger, orphan, days, lastWritten); }
        return true;
    }

    /// <summary>Brings the files of one recording in step with its row.</summary>
    /// <returns>Whether its files are gone, so that its row can go.</returns>
    private async Task<bool> TidyAsync(IRecordingStore store, HeldRecording recording, IReadOnlyList<string> folders)
    {
        // A broadcast may come back at any moment: its recorder waits then until this is done, and goes on with what is there.
        var id = recording.RecordingId;
        using var held = home.Hold(id);
        if (held is null) { return false; }
        switch (recording.State)
        {
            case RecordingState.Deleted:
                store.Delete(id);
                Log.Deleted(logger, id);
                return true;
            case RecordingState.Recording:
                await FinishAsync(store, id);
                return false;
            default:
                if (folders.Contains(id, StringComparer.Ordinal)) { return false; }
                Log.Lost(logger, id);
                return true;
        }
    }

    /// <summary>Its process was killed, or its disk was full: what is whole becomes the replay.</summary>
    private async Task FinishAsync(IRecordingStore store, string id)
    {
        var index = await RecordingReader.ReadIndexAsync(store, id, _stopping.Token);
        var (duration, bytes) = (TimeSpan.Zero, 0L);
        if (index.Entries.Count > 0)
        {
            try
            {
                using var writer = new RecordingWriter(store, id, index);
                if (!index.HasEnd) { writer.End(time.GetUtcNow()); }
            }
            catch (IOException failure)
            {
                // A full disk takes no end. Without one it can be watched as well.
                Log.NotTidied(logger, failure, id);
            }

            duration = index.Entries.Aggregate(TimeSpan.Zero, (sum, entry) => sum + entry.Duration);
            bytes = index.Entries.Sum(entry => (long)entry.Length);
        }

        var problem = home.FindRecorder(id)?.Problem ?? (index.HasEnd ? null : "The server stopped in the middle of it.");
        await desk.Recording(id).End(new RecordingEnded((long)duration.TotalMilliseconds, bytes, problem));
        if (duration == TimeSpan.Zero) { store.Delete(id); }
        home.Forget(id);
        Log.Finished(logger, id, (long)duration.TotalSeconds);
    }

    private async Task MakePicturesAsync(string id)
    {
        if (_withoutPictures.Contains(id)) { return; }
        var goesOn = home.WatchFor(id);
        try
        {
            if (await home.FindReplayAsync(id, _stopping.Token) is { } replay && await home.Pictures!.MakeAsync(replay, goesOn, _stopping.Token))
            {
                await desk.Recording(id).PicturesMade();
                return;
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Log.NoPictures(logger, failure, id);
        }

        if (goesOn()) { return; }

        // Sound alone, or a file that FFmpeg does not read: tried again at the next start.
        if (!_stopping.IsCancellationRequested) { _withoutPictures.Add(id); }
    }

    private async Task RunAsync(IRecordingStore store)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await TidyAsync(store);
            }
            catch (Exception failure) when (!_stopping.IsCancellationRequested)
            {
                Log.Failed(logger, failure);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            using var rest = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.Recordings.TidySeconds), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(rest.Token, _stopping.Token);
            await _wake.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Wake()
    {
        try { _wake.Release(); }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3831, Level = LogLevel.Warning, Message = "Recording {RecordingId} could not be tidied; tried again later")]
        public static partial void NotTidied(ILogger logger, Exception failure, string recordingId);

        [LoggerMessage(EventId = 3832, Level = LogLevel.Warning, Message = "The files {Orphan}, of a recording or clip that the database does not know, were removed")]
        public static partial void Orphan(ILogger logger, string orphan);

        [LoggerMessage(EventId = 3833, Level = LogLevel.Information, Message = "The files of recording {RecordingId} are deleted")]
        public static partial void Deleted(ILogger logger, string recordingId);

        [LoggerMessage(EventId = 3834, Level = LogLevel.Warning, Message = "The files of recording {RecordingId} are gone; it is forgotten")]
        public static partial void Lost(ILogger logger, string recordingId);

        [LoggerMessage(EventId = 3835, Level = LogLevel.Warning, Message = "Recording {RecordingId} was cut off; {Seconds} s of it are whole")]
        public static partial void Finished(ILogger logger, string recordingId, long seconds);

        [LoggerMessage(EventId = 3836, Level = LogLevel.Warning, Message = "The pictures of replay {RecordingId} failed")]
        public static partial void NoPictures(ILogger logger, Exception failure, string recordingId);

        [LoggerMessage(EventId = 3837, Level = LogLevel.Warning, Message = "Recordings could not be looked after; tried again later")]
        public static partial void Failed(ILogger logger, Exception failure);

        [LoggerMessage(EventId = 3838, Level = LogLevel.Warning, Message = "The files {Orphan} are of a recording or clip that the database does not know; they are removed {Days} days after {LastWritten:u}. Set them aside if an older copy of the database was restored")]
        public static partial void KeptOrphan(ILogger logger, string orphan, double days, DateTimeOffset lastWritten);
    }
}
