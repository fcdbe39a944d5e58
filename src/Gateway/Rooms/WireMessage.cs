using System.Buffers.Binary;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>A message to many: its bytes, and its bytes as a WebSocket frame, are made once per protocol. Safe for several threads.</summary>
internal sealed class WireMessage(HubMessage message) : SerializedHubMessage(message)
{
    private const byte FinalText = 0x81;
    private const byte FinalBinary = 0x82;
    private const int ShortMax = 125;
    private const int MiddleMax = 65_535;

    private readonly Lock _gate = new();
    private (string Protocol, byte[] Frame)[] _frames = [];

    /// <summary>A call of the client with one argument.</summary>
    public static WireMessage Call(string target, object argument) => new(new InvocationMessage(target, [argument]));

    /// <summary>The whole WebSocket frame.</summary>
    public ReadOnlyMemory<byte> Framed(IHubProtocol protocol)
    {
        foreach (var (name, made) in Volatile.Read(ref _frames))
        {
            if (name == protocol.Name) { return made; }
        }

        lock (_gate)
        {
            foreach (var (name, made) in _frames)
            {
                if (name == protocol.Name) { return made; }
            }

            var frame = Frame(GetSerializedMessage(protocol).Span, protocol.TransferFormat == TransferFormat.Binary ? FinalBinary : FinalText);
            Volatile.Write(ref _frames, [.. _frames, (protocol.Name, frame)]);
            return frame;
        }
    }

    /// <summary>RFC 6455, 5.2: what a server sends is not masked, and its length takes no more bytes than it needs.</summary>
    private static byte[] Frame(ReadOnlySpan<byte> payload, byte first)
    {
        var header = payload.Length <= ShortMax ? 2 : payload.Length <= MiddleMax ? 4 : 10;
        var frame = new byte[header + payload.Length];
        frame[0] = first;
        switch (header)
        {
            case 2:
                frame[1] = (byte)payload.Length;
                break;
            case 4:
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
                break;
        }

        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }
}
