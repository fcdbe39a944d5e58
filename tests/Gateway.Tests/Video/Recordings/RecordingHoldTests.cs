using System.Collections.Concurrent;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Streams;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

/// <summary>A recording that is tidied while its broadcast comes back.</summary>
public sealed class RecordingHoldTests
{
    [Fact]
    public async Task RecordingThatIsBeingFinished_IsGoneOnWithWhenThatIsDone_NotAtTheSameTime()
    {
        var rows = new ReplayRows();
        var folder = Directory.CreateTempSubdirectory("hold-").FullName;
        try
        {
            await using var host = await VideoHost.StartAsync(new Origins { Recordings = rows }, "here", ("Recordings:Folder", folder), ("Recordings:FreeBytesMin", "0"));
            var home = host.Get<RecordingHome>();
            var stage = await ScriptedBroadcast.StartAsync(host, 45);
            var id = stage.Broadcast.StreamId;
            await Eventually.True(() => rows.Running == 1);

            // Whoever tidies does not get what is being recorded.
            Assert.Null(home.Hold(id));
            stage.Broadcast.End(BroadcastEnd.Finished);
            await home.FindRecorder(id)!.Done;
            var goesOn = home.WatchFor(id);
            Assert.False(goesOn());

            // Whoever tidies may have it for a moment, and writes then.
            var held = await Eventually.Get(() => home.Hold(id));
            Assert.Null(home.Hold(id));
            var before = BytesIn(folder, id);
            var (isHeld, begunWhileHeld, begunAfter) = (true, new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
            rows.OnBegin = roomId => (Volatile.Read(ref isHeld) ? begunWhileHeld : begunAfter).Enqueue(roomId);
            var again = ScriptedBroadcast.Resume(host, stage);
            again.Begin("source");
            again.Give(45);
            Assert.True(home.IsRecording(id));

            // Another broadcast that begins later is being recorded by now: this one would be, too, if nothing held it.
            var other = await ScriptedBroadcast.StartAsync(host, 45);
            await Eventually.True(() => rows.Running == 1);
            Assert.Equal([other.Broadcast.RoomId], begunWhileHeld);
            Assert.Equal(before, BytesIn(folder, id));

            Volatile.Write(ref isHeld, false);
            held.Dispose();
            again.End();
            await home.FindRecorder(id)!.Done;
            Assert.Equal([other.Broadcast.RoomId], begunWhileHeld);
            Assert.Equal([again.Broadcast.RoomId], begunAfter);
            var index = await RecordingReader.ReadIndexAsync(home.Store!, id, default);
            Assert.Equal(2, index.Entries.Count(entry => entry.Kind == EntryKind.Run));
            Assert.True(index.HasEnd);

            // Whoever made something of the recording meanwhile made it of the first part only, although it is over again.
            Assert.False(home.IsRecording(id));
            Assert.True(goesOn());

            // Nobody writes there when the folder goes.
            other.End();
            await host.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long BytesIn(string folder, string id) => new DirectoryInfo(Path.Combine(folder, id)).EnumerateFiles().Sum(file => file.Length);
}
