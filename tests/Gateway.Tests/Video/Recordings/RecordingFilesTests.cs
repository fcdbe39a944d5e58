using System.Text;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Tests;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

public sealed class RecordingFilesTests
{
    private const int RunsAndSegments = 7;

    [Fact]
    public async Task IndexTornAtAnyByte_HoldsEveryWholeEntryBeforeIt()
    {
        using var takes = new Takes();
        takes.Record(end: false);
        var whole = await File.ReadAllBytesAsync(takes.PathOf(RecordingIndex.FileName));
        Assert.Equal(RunsAndSegments * RecordingEntry.Size, whole.Length);

        for (var length = 0; length <= whole.Length; length++)
        {
            var torn = RecordingIndex.Parse(whole.AsSpan(0, length));
            Assert.Equal(length / RecordingEntry.Size, torn.Entries.Count);
            Assert.Equal(torn.Entries.Count * RecordingEntry.Size, torn.ValidBytes);
        }

        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x10;
            Assert.Equal(at / RecordingEntry.Size, RecordingIndex.Parse(damaged).Entries.Count);
        }
    }

    [Fact]
    public async Task MediaTornAtAnyByte_LoseTheirLastSegmentOnly()
    {
        using var takes = new Takes();
        takes.Record(end: false);
        var entries = (await takes.ReadAsync()).Entries;
        Assert.Equal(RunsAndSegments, entries.Count);
        var last = entries[^1];
        var run = takes.PathOf(RecordingIndex.RunName(1));
        var media = await File.ReadAllBytesAsync(run);
        for (var length = (int)last.Offset; length < media.Length; length++)
        {
            await File.WriteAllBytesAsync(run, media[..length]);
            Assert.Equal(RunsAndSegments - 1, (await takes.ReadAsync()).Entries.Count);
        }

        // A power cut can leave the length and not the bytes; and all of the run.
        await File.WriteAllBytesAsync(run, [.. media[..(int)last.Offset], .. new byte[last.Length]]);
        Assert.Equal(RunsAndSegments - 1, (await takes.ReadAsync()).Entries.Count);
        await File.WriteAllBytesAsync(run, []);
        Assert.Equal(4, (await takes.ReadAsync()).Entries.Count);
    }

    [Fact]
    public async Task RecordingThatWasCutOff_GoesOnWhereItWasWhole()
    {
        using var takes = new Takes();
        takes.Record(end: false);
        await using (var index = File.OpenWrite(takes.PathOf(RecordingIndex.FileName))) { index.SetLength(index.Length - 3); }

        var whole = await takes.ReadAsync();
        using (var writer = new RecordingWriter(takes.Store, Takes.Id, whole))
        {
            writer.BeginRun(0, Takes.Init, Takes.Noon.AddSeconds(60));
            writer.Append(Takes.Segment(100, 60, breaks: true));
            writer.End(Takes.Noon.AddSeconds(62));
            Assert.Equal(TimeSpan.FromSeconds(10), writer.Duration);
        }

        var read = await takes.ReadAsync();
        Assert.True(read.HasEnd);
        Assert.Equal([0, 1, 2, 3, 100], read.Entries.Where(entry => entry.Kind == EntryKind.Segment).Select(entry => entry.Number));
        Assert.Equal(2, read.Entries[^1].Run);
    }

    [Fact]
    public async Task EverySegment_IsReadBackAsItWasWritten()
    {
        using var takes = new Takes();
        takes.Record();
        foreach (var entry in (await takes.ReadAsync()).Entries.Where(entry => entry.Kind == EntryKind.Segment))
        {
            var bytes = await RecordingReader.ReadAsync(takes.Store, Takes.Id, entry.Run, entry.Offset, entry.Length, default);
            Assert.Equal(Takes.Segment(entry.Number, 0).Body.Fragments.SelectMany(fragment => fragment.Bytes.ToArray()), bytes);
            Assert.Equal(50, entry.KeyframeLength);
        }

        Assert.Null(await RecordingReader.ReadAsync(takes.Store, Takes.Id, 9, 0, 10, default));
    }

    [Fact]
    public async Task Replay_KnowsWhatTimeItWasAtEachMoment_AndBreaksWhereThePublisherWasAway()
    {
        using var takes = new Takes();
        takes.Record();
        var replay = (await Replay.ReadAsync(takes.Store, Takes.Id, default))!;

        Assert.Equal(10_000, replay.DurationMs);
        foreach (var (ms, seconds) in ((long, double)[])[(0, 0), (1_500, 1.5), (5_500, 5.5), (6_000, 16), (9_000, 19)])
        {
            Assert.Equal(Takes.Noon.AddSeconds(seconds), replay.ToTime(ms));
            Assert.Equal(ms, replay.ToMediaMs(Takes.Noon.AddSeconds(seconds)));
        }

        // Said while the publisher was away, before the first and after the last picture.
        Assert.Equal(6_000, replay.ToMediaMs(Takes.Noon.AddSeconds(11)));
        Assert.Equal(0, replay.ToMediaMs(Takes.Noon.AddSeconds(-5)));
        Assert.Equal(10_000, replay.ToMediaMs(Takes.Noon.AddSeconds(25)));
        Assert.Equal(Takes.Noon.AddSeconds(23), replay.ToTime(13_000));

        Assert.Empty(PlaylistChecker.Check(Encoding.UTF8.GetString(replay.Media)));
        Assert.Equal(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXT-X-MEDIA-SEQUENCE:0
            #EXT-X-DISCONTINUITY-SEQUENCE:0
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="init-0.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:00.000Z
            #EXTINF:2.00000,
            0.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:02.000Z
            #EXTINF:2.00000,
            1.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:04.000Z
            #EXTINF:2.00000,
            2.m4s
            #EXT-X-DISCONTINUITY
            #EXT-X-MAP:URI="init-1.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:16.000Z
            #EXTINF:2.00000,
            3.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:18.000Z
            #EXTINF:2.00000,
            4.m4s
            #EXT-X-ENDLIST

            """.ReplaceLineEndings("\n"),
            Encoding.UTF8.GetString(replay.Media));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(130)]
    [InlineData(950)]
    [InlineData(1_350)]
    public async Task DiskThatIsFullInTheMiddleOfAWrite_LeavesWhatIsWhole(int bytesMore)
    {
        using var takes = new Takes();
        var (full, appended) = (new FillingStore(takes.Store, bytesMore), 0);
        Assert.Throws<IOException>(() =>
        {
            using var writer = new RecordingWriter(full, Takes.Id, new RecordingIndex([]));
            writer.BeginRun(0, Takes.Init, Takes.Noon);
            for (; appended < 100; appended++) { writer.Append(Takes.Segment(appended, 2 * appended)); }
        });

        Assert.Equal(Enumerable.Range(0, appended).Select(number => (long)number),
            (await takes.ReadAsync()).Entries.Where(entry => entry.Kind == EntryKind.Segment).Select(entry => entry.Number));
        using var again = new RecordingWriter(takes.Store, Takes.Id, await takes.ReadAsync());
        again.BeginRun(0, Takes.Init, Takes.Noon.AddMinutes(1));
        again.Append(Takes.Segment(1_000, 60));
        Assert.Equal(1_000, (await takes.ReadAsync()).Entries[^1].Number);
    }

    [Fact]
    public async Task SecondProcessOnTheFolder_WaitsForTheFirst_AndIsToldSoWhenThatDoesNotEnd()
    {
        using var takes = new Takes();
        using var log = new CapturedLog();
        var clock = new ManualTimeProvider();
        var began = clock.GetTimestamp();
        var starting = Task.Run(() => new DiskRecordingStore(takes.Folder, clock, log.CreateLogger("")));
        await Eventually.True(() => log.Lines.Count == 1);
        await clock.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromMilliseconds(200));

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => starting);
        Assert.Contains("Video:Recordings:Folder", refused.Message);
        Assert.True(clock.GetElapsedTime(began) >= RecordingLock.Patience);
        Assert.Contains(takes.Folder, Assert.Single(log.Lines));
    }

    [Fact]
    public async Task ProcessThatStartsWhileTheOneBeforeStops_HasTheFolderWhenThatIsGone()
    {
        using var takes = new Takes();
        using var log = new CapturedLog();
        var clock = new ManualTimeProvider();
        var starting = Task.Run(() => new DiskRecordingStore(takes.Folder, clock, log.CreateLogger("")));
        await Eventually.True(() => log.Lines.Count == 1);
        Assert.False(starting.IsCompleted);

        takes.Store.Dispose();
        await clock.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromMilliseconds(200));
        using var second = await starting;
        Assert.Equal(takes.Store.PlaceId, second.PlaceId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FolderThatCannotBeUsed_IsNotTakenForAnotherProcess_AndIsToldAtOnce(bool isDenied)
    {
        var folder = Directory.CreateTempSubdirectory("locked-").FullName;
        var inUse = Path.Combine(folder, "in-use");
        try
        {
            // Nobody may write into a folder as if it were a file, and a link to itself leads nowhere.
            if (isDenied) { Directory.CreateDirectory(inUse); } else { File.CreateSymbolicLink(inUse, inUse); }
            using var log = new CapturedLog();

            // On a clock that stands still: who waits would wait for ever.
            var refused = Assert.Throws<OptionsValidationException>(() => new DiskRecordingStore(folder, new ManualTimeProvider(), log.CreateLogger("")));
            Assert.StartsWith($"Recordings cannot be kept in {folder}", refused.Message);
            Assert.Empty(log.Lines);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void DiskIsCounted_AsFilesGrowAndGo()
    {
        using var takes = new Takes();
        var before = takes.Store.UsedBytes;
        takes.Record();
        var media = takes.Store.UsedBytes - before;
        Assert.Equal(takes.Store.ListFiles(Takes.Id).Sum(name => new FileInfo(takes.PathOf(name)).Length), media);
        takes.Store.Put(Takes.Id, "poster.jpg", new byte[100]);
        takes.Store.Put(Takes.Id, "poster.jpg", new byte[10]);
        Assert.Equal(before + media + 10, takes.Store.UsedBytes);
        takes.Store.Delete(Takes.Id);
        Assert.Equal(before, takes.Store.UsedBytes);
        Assert.Empty(takes.Store.ListFolders());
    }
}
