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
            var before = new DirectoryInfo(Path.Combine(folder, id)).EnumerateFiles().Sum(file => file.Length);

            var held = await Eventually.Get(() => home.Hold(id));
            Assert.Null(home.Hold(id));
            var again = ScriptedBroadcast.Resume(host, stage);
            again.Begin("source");
            again.Give(45);
            Assert.True(home.IsRecording(id));
            Assert.Equal((0, before), (rows.Running, new DirectoryInfo(Path.Combine(folder, id)).EnumerateFiles().Sum(file => file.Length)));

            held.Dispose();
            await Eventually.True(() => rows.Running == 1);
            again.End();
            await home.FindRecorder(id)!.Done;
            var index = await RecordingReader.ReadIndexAsync(home.Store!, id, default);
            Assert.Equal(2, index.Entries.Count(entry => entry.Kind == EntryKind.Run));
            Assert.True(index.HasEnd);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
