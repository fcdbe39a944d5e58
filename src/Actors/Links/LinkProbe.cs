using System.Net.WebSockets;
using System.Text.Json;

namespace LiveCommerce.Actors.Links;

/// <summary>Asks a silo, as another process would, whether it would be taken in.</summary>
public static class LinkProbe
{
    private const int AnswerBytesMax = 16 * 1024;

    /// <summary>Null when the silo takes processes with these options in, else a sentence that says why not.</summary>
    /// <param name="linkUrl">The silo's LinkUrl.</param>
    /// <param name="contracts">Which version of the contracts to say.</param>
    public static async Task<string?> AskAsync(string linkUrl, LinkOptions options, int contracts, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectWithin);
        try
        {
            using var socket = await LinkSocket.ConnectAsync(SiloLink.AddressOf(new Uri(linkUrl)), options, LinkCertificates.Load(options, time), time, limit.Token);
            var hello = new LinkHello($"probe-{Guid.CreateVersion7():N}", LinkHello.Current, contracts, "");
            var frame = new System.Buffers.ArrayBufferWriter<byte>();
            LinkFrame.Write(frame, FrameKind.Hello, 0, JsonSerializer.SerializeToUtf8Bytes(hello));
            await socket.SendAsync(frame.WrittenMemory, WebSocketMessageType.Binary, true, limit.Token);
            var answer = new byte[AnswerBytesMax];
            var received = await socket.ReceiveAsync(answer.AsMemory(), limit.Token);
            return Read(answer.AsSpan(0, received.Count));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it did not answer within {options.ConnectWithin.TotalSeconds:0.#} s";
        }
        catch (Exception failure) when (failure is LinkRefusedException or LinkCertificateException or WebSocketException or JsonException or UriFormatException)
        {
            return failure.InnerException is { } cause and not LinkRefusedException ? $"{failure.Message} ({cause.Message})" : failure.Message;
        }
    }

    private static string? Read(ReadOnlySpan<byte> message) =>
        !LinkFrame.TryRead(ref message, out var frame) ? "what answers there is no silo"
        : frame.Kind == FrameKind.Welcome ? null
        : frame.Kind == FrameKind.Farewell ? JsonSerializer.Deserialize<string>(frame.Json)
        : "what answers there is no silo";
}
