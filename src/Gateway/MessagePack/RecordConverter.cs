using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>A record: a map of its members by name.</summary>
internal sealed class RecordConverter<T> : WireConverter<T>
{
    private readonly RecordMember<T>[] _written;
    private readonly RecordMember<T>[] _read;
    private readonly bool _mayLeaveOut;
    private readonly Func<object?[], object> _construct;

    public RecordConverter(JsonTypeInfo info)
    {
        var members = info.Properties.Where(property => !RecordMember<T>.IsIgnored(property)).OrderBy(property => property.Order).Select(RecordMember<T>.Of).ToArray();
        _written = [.. members.Where(member => member.IsWritten)];
        _read = [.. members.Where(member => member.IsRead)];
        _mayLeaveOut = _written.Any(member => member.MayBeLeftOut);
        _construct = Constructor(info, _read);
    }

    public override void Write(ref MessagePackWriter writer, T value) => Write(ref writer, value, []);

    /// <summary>Writes the record with a pair of key and value before its members.</summary>
    public void Write(ref MessagePackWriter writer, T value, ReadOnlySpan<byte> encodedKind)
    {
        var count = _written.Length + (encodedKind.IsEmpty ? 0 : 1);
        if (!_mayLeaveOut || count > 15)
        {
            // Counted first where the head has no fixed size.
            writer.WriteMapHead(_mayLeaveOut ? count - LeftOut(value) : count);
            writer.WriteRaw(encodedKind);
            foreach (var member in _written) { member.TryWrite(ref writer, value); }
            return;
        }

        var head = writer.Reserve(1);
        writer.WriteRaw(encodedKind);
        foreach (var member in _written)
        {
            if (!member.TryWrite(ref writer, value)) { count--; }
        }

        writer.Reserved(head, 1)[0] = (byte)(MessagePackCode.FixMap | count);
    }

    public override T Read(ref MessagePackReader reader)
    {
        var values = new object?[_read.Length];
        var found = new bool[_read.Length];
        for (var left = reader.BeginMap(); left > 0; left--)
        {
            var at = Find(reader.ReadTextBytes());
            if (at < 0)
            {
                // Newer than we are, or nothing of ours.
                reader.Skip();
                continue;
            }

            if (found[at]) { throw new UnreadableException($"{_read[at].Name} stands there twice"); }
            found[at] = true;
            try
            {
                values[at] = _read[at].Read(ref reader);
            }
            catch (UnreadableException unreadable)
            {
                unreadable.Under($".{_read[at].Name}");
                throw;
            }
        }

        reader.End();
        for (var i = 0; i < _read.Length; i++)
        {
            if (found[i]) { continue; }
            if (_read[i].IsRequired) { throw Missing(_read[i]); }
            values[i] = _read[i].Default;
        }

        var made = _construct(values);
        for (var i = 0; i < _read.Length; i++)
        {
            if (found[i]) { _read[i].Set?.Invoke(made, values[i]); }
        }

        return (T)made;
    }

    // On its own: a lambda in the method above would cost every record an object.
    private int LeftOut(T value) => _written.Count(member => member.IsLeftOut(value));

    private static UnreadableException Missing(RecordMember<T> member)
    {
        var missing = new UnreadableException("missing");
        missing.Under($".{member.Name}");
        return missing;
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _read.Length; i++)
        {
            if (name.SequenceEqual(_read[i].NameBytes)) { return i; }
        }

        return -1;
    }

    // The constructor that JSON chose, with the members' values in its order.
    private static Func<object?[], object> Constructor(JsonTypeInfo info, RecordMember<T>[] members)
    {
        var values = Expression.Parameter(typeof(object?[]));
        Expression made = info.ConstructorAttributeProvider is ConstructorInfo constructor
            ? Expression.New(constructor, constructor.GetParameters().Select(parameter =>
            {
                var at = Array.FindIndex(members, member => member.Parameter?.Position == parameter.Position);
                return Expression.Convert(Expression.ArrayIndex(values, Expression.Constant(at)), parameter.ParameterType);
            }))
            : typeof(T).IsAbstract ? Expression.Throw(Expression.Constant(new NotSupportedException($"{typeof(T)} is abstract.")), typeof(T))
            : Expression.New(typeof(T));
        return Expression.Lambda<Func<object?[], object>>(Expression.Convert(made, typeof(object)), values).Compile();
    }
}
